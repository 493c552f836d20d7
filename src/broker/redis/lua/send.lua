-- send: adds jobs that differ in nothing but their payloads: of priority 0, neither delayed nor expedited, without a key.
-- ARGV: kitchen id, queue, the rest of their records' first line, payload …
-- Answers the first id; the others follow it.
-- A lone awaited send is bound by its round trip, so this script makes as few calls as it can.
local queue = ARGV[2]
local place_field, line = 'queue:' .. queue, kitchen .. ':line:' .. queue
local facts = call('HMGET', kitchen, 'id', 'next_id', place_field)
if facts[1] ~= ARGV[1] then return gone() end
local now = math.floor(clock_us() / 1000)
-- Lua and Redis write a number as one with a fraction, which takes half a microsecond; here each counts.
local now_text = string.format('%d', now)
local first_text, first = facts[2], tonumber(facts[2])
local next_id = first + #ARGV - 3

-- The line is in order of time only while time goes on: after it was turned back, jobs go by their turns. Mostly a send before this
-- one has written the same millisecond.
local goes_on = now_text == facts[3]
local goes_back = not goes_on and now < tonumber(facts[3] or 0) and call('EXISTS', line) == 1
if goes_on or goes_back then
  call('HSET', kitchen, 'next_id', string.format('%d', next_id))
else
  call('HSET', kitchen, 'next_id', string.format('%d', next_id), place_field, now_text)
end

local head = now_text .. '\t' .. queue .. ARGV[3] .. '\n'

-- One job alone: a third less to do.
if next_id == first + 1 and first % 100 ~= 0 and not goes_back then
  local bucket = first < 100 and '0' or string.sub(first_text, 1, -3)
  call('HSET', kitchen .. ':jobs:' .. bucket, first_text, head .. ARGV[4])
  if call('RPUSH', line, first_text) == 1 then tell(queue, 'ready') end
  return first
end

local id, was_empty = first, false
while id < next_id do
  local bucket = math.floor(id / 100)
  local below = math.min(next_id, (bucket + 1) * 100)
  if id % 100 == 0 then
    call('ZADD', kitchen .. ':buckets', bucket, bucket)
    if call('EXISTS', kitchen .. ':jobs:' .. bucket - 1) == 0 then call('ZREM', kitchen .. ':buckets', bucket - 1) end
  end
  local ids, fields = {}, {}
  for n = 1, below - id do
    local name = string.format('%.0f', id + n - 1)
    ids[n] = name
    fields[2 * n - 1] = name
    fields[2 * n] = head .. ARGV[id + n - 1 - first + 4]
  end
  call('HSET', kitchen .. ':jobs:' .. bucket, unpack(fields))
  if goes_back then
    local turns = {}
    for n = 1, #ids do
      turns[2 * n - 1] = 0
      turns[2 * n] = string.format('%04d%014.0f%014.0f', 1001, now, ids[n])
    end
    call('ZADD', kitchen .. ':lane:' .. queue, unpack(turns))
  elseif call('RPUSH', line, unpack(ids)) == #ids then
    was_empty = true
  end
  id = below
end
-- Who waits has seen an empty line, and need only hear when that has changed.
if was_empty or goes_back then tell(queue, 'ready') end
return first
