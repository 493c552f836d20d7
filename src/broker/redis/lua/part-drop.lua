-- part-drop: forgets jobs with all that is known of them; the caller has taken them out of the place of their state.

-- Ids by their buckets: { [bucket] = { id, … } }. Neighbours mostly share one.
local function by_bucket(ids)
  local groups, group, size, low = {}, nil, 0, -100
  for _, id in ipairs(ids) do
    local number = tonumber(id)
    if number < low or number >= low + 100 then
      local bucket = math.floor(number / 100)
      low = bucket * 100
      group = groups[bucket] or {}
      groups[bucket] = group
      size = #group
    end
    size = size + 1
    group[size] = id
  end
  return groups
end

local function drop_keys(queue, ids)
  local keyof, holders = kitchen .. ':keyof:' .. queue, kitchen .. ':keys:' .. queue
  if call('EXISTS', keyof) == 0 then return end
  for _, id in ipairs(ids) do
    local key = call('HGET', keyof, id)
    if key then
      call('HDEL', keyof, id)
      local name = string.sub(key, 2)
      -- Another job may hold it by now.
      if call('HGET', holders, name) == id then call('HDEL', holders, name) end
    end
  end
end

local function drop_lives(bucket, ids)
  local key = kitchen .. ':life:' .. bucket
  if call('EXISTS', key) == 0 then return end
  for at, life in ipairs(call('HMGET', key, unpack(ids))) do
    if life then call('UNLINK', kitchen .. ':attempts:' .. ids[at]) end
  end
  call('HDEL', key, unpack(ids))
end

-- next_id: the kitchen's; the bucket that it belongs to still fills and stays listed.
local function drop(queue, ids, next_id)
  drop_keys(queue, ids)
  for bucket, group in pairs(by_bucket(ids)) do
    local key = kitchen .. ':jobs:' .. bucket
    call('HDEL', key, unpack(group))
    drop_lives(bucket, group)
    if bucket ~= math.floor(next_id / 100) and call('EXISTS', key) == 0 then
      call('ZREM', kitchen .. ':buckets', bucket)
    end
  end
end
