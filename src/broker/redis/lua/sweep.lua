-- sweep: does for one queue what time has brought.
-- ARGV: kitchen id, queue, most to move of each kind, done jobs to keep, others that ended to keep, and for
--   how many ms each (-1: all, for ever)
-- Answers how many fell due, how many were dropped, 'more' or '', and for each job returned id, node, crashes, 'ready' or 'error'.
local queue, most, keep_done, keep_unwell = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local done_ms, unwell_ms = tonumber(ARGV[6]), tonumber(ARGV[7])
local facts = call('HMGET', kitchen, 'id', 'next_id', 'queue:' .. queue)
if facts[1] ~= ARGV[1] then return gone() end
local now = math.floor(clock_us() / 1000)

local gone_keys = call('ZRANGEBYSCORE', kitchen .. ':record-ends', '-inf', now, 'LIMIT', 0, most)
for _, key in ipairs(gone_keys) do drop_record(key) end
if not facts[3] then return { 0, 0, '' } end

local done, errors, cancelled = kitchen .. ':done:' .. queue, kitchen .. ':error:' .. queue, kitchen .. ':cancelled:' .. queue

-- The oldest of two sorted sets together, at most `count`; out of them.
local function pop_oldest(count)
  local ids, heads = {}, {}
  local function head(key)
    local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
    heads[key] = first[1] and { name = first[1], ms = tonumber(first[2]) } or nil
  end
  head(errors)
  head(cancelled)
  for n = 1, count do
    local a, b = heads[errors], heads[cancelled]
    local is_error = a and (not b or a.ms < b.ms or (a.ms == b.ms and a.name < b.name))
    local key = is_error and errors or cancelled
    ids[n] = string.match(heads[key].name, '0*(%d+)$')
    call('ZREM', key, heads[key].name)
    head(key)
  end
  return ids
end

-- How many of those that ended first have to go: there are too many, or they ended too long ago. Sorted sets know how many
-- stand before a score without a walk.
local function surplus_of(keys, keep, keep_ms)
  local size, old = 0, 0
  for _, key in ipairs(keys) do
    size = size + call('ZCARD', key)
    if keep_ms >= 0 then old = old + call('ZCOUNT', key, '-inf', now - keep_ms) end
  end
  return keep < 0 and old or math.max(old, size - keep)
end

local returned = {}
return_ended(queue, now, most, function(id, lease, life)
  for _, word in ipairs({ id, lease.node, life.crashes, life.state == '' and 'ready' or 'error' }) do
    returned[#returned + 1] = word
  end
end)
local due_count = make_due_ready(queue, now, most)

local done_surplus = surplus_of({ done }, keep_done, done_ms)
local unwell_surplus = surplus_of({ errors, cancelled }, keep_unwell, unwell_ms)
local done_count = math.min(done_surplus, most)
local unwell_count = math.min(unwell_surplus, most - done_count)
if done_count > 0 then
  local ids = call('ZRANGE', done, 0, done_count - 1)
  for n, name in ipairs(ids) do ids[n] = string.match(name, '0*(%d+)$') end
  call('ZREMRANGEBYRANK', done, 0, done_count - 1)
  drop(queue, ids, tonumber(facts[2]))
end
if unwell_count > 0 then drop(queue, pop_oldest(unwell_count), tonumber(facts[2])) end

local function has_before_now(key)
  return call('ZCOUNT', kitchen .. key .. queue, '-inf', now) > 0
end
local dropped = done_count + unwell_count
local has_more = dropped < done_surplus + unwell_surplus or has_before_now(':due:') or has_before_now(':ends:')
close_ledger(now)
return { due_count, dropped, has_more and 'more' or '', unpack(returned) }
