-- part-drop: forgets jobs with all that is known of them; the caller has taken them out of the place of their state.

-- Ids by their buckets: { [bucket] = { id, … } }.
local function by_bucket(ids)
  local groups = {}
  for _, id in ipairs(ids) do
    local bucket = math.floor(id / 100)
    local group = groups[bucket]
    if group then group[#group + 1] = id else groups[bucket] = { id } end
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
