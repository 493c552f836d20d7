-- take: leases the first jobs of a queue to one node.
-- ARGV: kitchen id, queue, node, most jobs, lease in ms, most suspects (0 or 1)
-- Answers epoch, ids as one text, records, and lives (false for a job that has none; nothing when none has); or, when nothing is ready, in how many
-- milliseconds something may be: -1 when nothing is known of.
local DUE_COUNT_MAX = 5000
local queue, node, most, lease_ms, suspects_max = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local facts = call('HMGET', kitchen, 'id', 'last_epoch', 'queue:' .. queue, 'paused:' .. queue)
if facts[1] ~= ARGV[1] then return gone() end
if not facts[3] or facts[4] then return -1 end
local now_us = clock_us()
local now = math.floor(now_us / 1000)
local line, lane, suspects = kitchen .. ':line:' .. queue, kitchen .. ':lane:' .. queue, kitchen .. ':suspects:' .. queue

local function first_score(key)
  return tonumber(call('ZRANGE', kitchen .. key .. queue, 0, 0, 'WITHSCORES')[2])
end

-- Whether ids come in their order: those of the list do, those of the lanes need not.
local is_rising = false
local next_due, next_end = first_score(':due:'), first_score(':ends:')
if next_due and next_due <= now then make_due_ready(queue, now, DUE_COUNT_MAX) end
if next_end and next_end <= now then return_ended(queue, now, DUE_COUNT_MAX) end

-- The last of the ids from one position on that stand in its bucket and follow each other. Jobs that were sent together have
-- ids without gaps, and then nothing is looked at but the first and the last.
local function end_of_run(ids, from, bucket)
  local first = tonumber(ids[from])
  local to = math.min(#ids, from + (bucket + 1) * 100 - 1 - first)
  if to > from and tonumber(ids[to]) == first + to - from and is_rising then return to end
  to = from
  while to < #ids and bucket_of(ids[to + 1]) == bucket do to = to + 1 end
  return to
end

-- Records of jobs in their order, and lives; ids of one bucket that follow each other are read together.
local function read_jobs(ids)
  local records, lives, from, has_lives = {}, {}, 1, false
  while from <= #ids do
    local bucket = bucket_of(ids[from])
    local to = end_of_run(ids, from, bucket)
    for n, record in ipairs(call('HMGET', kitchen .. ':jobs:' .. bucket, unpack(ids, from, to))) do
      records[from + n - 1] = record
    end
    local life_key = kitchen .. ':life:' .. bucket
    local found = call('EXISTS', life_key) == 1 and call('HMGET', life_key, unpack(ids, from, to)) or {}
    for n = 1, to - from + 1 do
      lives[from + n - 1] = found[n] or false
      has_lives = has_lives or found[n]
    end
    from = to + 1
  end
  return records, has_lives and lives or {}
end

-- Merges the three lines, each in its order already, and takes what comes first out of them.
local function pick_by_turn()
  local ids = call('LRANGE', line, 0, most - 1)
  local plain, lanes = {}, { call('ZRANGE', lane, 0, most - 1), {} }
  for n, record in ipairs((read_jobs(ids))) do plain[n] = turn(PLAIN_RANK, read_head(record), ids[n]) end
  if suspects_max > 0 then lanes[2] = call('ZRANGE', suspects, 0, suspects_max - 1) end
  local picked, taken = {}, { 0, 0, 0 }
  while #picked < most do
    local from, best = nil, nil
    for n, turns in ipairs({ plain, lanes[1], lanes[2] }) do
      local candidate = turns[taken[n] + 1]
      if candidate and (best == nil or candidate < best) then from, best = n, candidate end
    end
    if from == nil then break end
    taken[from] = taken[from] + 1
    picked[#picked + 1] = id_of_turn(best)
  end
  if taken[1] > 0 then call('LTRIM', line, taken[1], -1) end
  if taken[2] > 0 then call('ZREMRANGEBYRANK', lane, 0, taken[2] - 1) end
  if taken[3] > 0 then call('ZREMRANGEBYRANK', suspects, 0, taken[3] - 1) end
  return picked
end

local ids
is_rising = call('EXISTS', lane, suspects) == 0
if is_rising then ids = call('LPOP', line, most) or {} else ids = pick_by_turn() end
if #ids == 0 then
  close_ledger(now)
  local due, lease_end = first_score(':due:'), first_score(':ends:')
  local next_ms = math.min(due or math.huge, lease_end or math.huge)
  return next_ms == math.huge and -1 or math.max(0, next_ms - now)
end

-- Epochs rise with the clock, so that one is not used twice even when a server forgot its last seconds in a crash.
local epoch = string.format('%.0f', math.max(tonumber(facts[2]) + 1, now_us))
call('HSET', kitchen, 'last_epoch', epoch)
call('HINCRBY', kitchen, 'running:' .. queue, #ids)
call('HSET', kitchen .. ':leases:' .. queue, epoch, now .. '\t' .. node)
call('ZADD', kitchen .. ':ends:' .. queue, now + lease_ms, epoch)
for n = 1, #ids, 5000 do call('SADD', kitchen .. ':held:' .. epoch, unpack(ids, n, math.min(n + 4999, #ids))) end
close_ledger(now)
local records, lives = read_jobs(ids)
return { epoch, table.concat(ids, ' '), records, lives }
