-- finish: ends jobs of one queue that are done, without a step of their own for anything else.
-- ARGV: kitchen id, queue, then for each lease: epoch, how many of its jobs to forget, how many to keep; the ids of the
--   former, then those of the latter; then for each of the latter ran ms or '', exit status, result (after '=').
-- Answers the positions, from 1, of the jobs that were lost, counted through all leases in the order given.
local queue = ARGV[2]
local facts = call('HMGET', kitchen, 'id', 'next_id')
if facts[1] ~= ARGV[1] then return gone() end
local now = math.floor(clock_us() / 1000)
local lost, position, count = {}, 0, 0
local forgotten, kept, kept_texts = {}, {}, {}
-- To ask a table for its length is a search: once for each job it took a fifteenth of the time of take and end.
local forgotten_count, kept_count = 0, 0

-- Takes the ids from one argument to another away from a lease; answers how many it held, and, unless it held all of them, 1 or 0 for
-- each. An id that comes twice is held the first time only.
local function let_go(held, from, to)
  local parts, removed = {}, 0
  for first = from, to, 5000 do
    local last = math.min(first + 4999, to)
    parts[#parts + 1] = call('SMISMEMBER', held, unpack(ARGV, first, last))
    removed = removed + call('SREM', held, unpack(ARGV, first, last))
  end
  if removed == to - from + 1 then return removed end
  local flags, held_count = {}, 0
  for part, some in ipairs(parts) do
    for n, flag in ipairs(some) do
      flags[(part - 1) * 5000 + n] = flag
      held_count = held_count + flag
    end
  end
  if removed < held_count then
    local seen = {}
    for at = from, to do
      if seen[ARGV[at]] then flags[at - from + 1] = 0 end
      seen[ARGV[at]] = true
    end
  end
  return removed, flags
end

local function finish_lease(epoch, forgets, keeps, from)
  local until_ms = call('ZSCORE', kitchen .. ':ends:' .. queue, epoch)
  local stands = until_ms and tonumber(until_ms) > now
  local lease = stands and lease_of(queue, epoch)
  local removed, flags = 0, {}
  if stands then removed, flags = let_go(lease.held, from, from + forgets + keeps - 1) end
  if removed > 0 then close_lease(queue, epoch) end
  for n = 1, forgets + keeps do
    local id = ARGV[from + n - 1]
    if flags and flags[n] ~= 1 then
      lost[#lost + 1] = position + n
    elseif n <= forgets then
      forgotten_count = forgotten_count + 1
      forgotten[forgotten_count] = id
    else
      local base = from + forgets + keeps + 3 * (n - forgets - 1)
      local ran = ARGV[base]
      kept_count = kept_count + 1
      kept[kept_count] = id
      -- The end of its life's text (part-life).
      kept_texts[id] = lease.node .. '\t' .. (ran == '' and lease.taken or now - ran) .. '\t' .. now ..
        '\t' .. ARGV[base + 1] .. '\t\n' .. ARGV[base + 2]
    end
  end
  position = position + forgets + keeps
  count = count + removed
end

local function keep_lives(bucket, ids)
  local key, fields = kitchen .. ':life:' .. bucket, {}
  local earlier = call('EXISTS', key) == 1 and call('HMGET', key, unpack(ids)) or {}
  for n, id in ipairs(ids) do
    local before = '0\t0\t'
    if earlier[n] then
      local life = read_life(earlier[n])
      before = life.failures .. '\t' .. life.crashes .. '\t' .. (life.due or '')
    end
    fields[2 * n - 1] = id
    fields[2 * n] = 'done\t' .. before .. '\t' .. kept_texts[id]
  end
  call('HSET', key, unpack(fields))
end

local function keep_all()
  for bucket, ids in pairs(by_bucket(kept)) do keep_lives(bucket, ids) end
  if call('EXISTS', kitchen .. ':keyof:' .. queue) == 1 then
    for _, id in ipairs(kept) do keep_ended(queue, id, { state = 'done' }, now) end
    return
  end
  local places = {}
  for n, id in ipairs(kept) do
    places[2 * n - 1] = now
    places[2 * n] = string.format('%014.0f', id)
  end
  for n = 1, #places, 2000 do
    call('ZADD', kitchen .. ':done:' .. queue, unpack(places, n, math.min(n + 1999, #places)))
  end
end

local at = 3
while at <= #ARGV do
  local forgets, keeps = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  finish_lease(ARGV[at], forgets, keeps, at + 3)
  at = at + 3 + forgets + 4 * keeps
end
if forgotten_count > 0 then drop(queue, forgotten, tonumber(facts[2])) end
if kept_count > 0 then keep_all() end
if count > 0 then
  call('HINCRBY', kitchen, 'running:' .. queue, -count)
  note_ended(queue, count, now)
end
return lost
