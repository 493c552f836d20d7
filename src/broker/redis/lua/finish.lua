-- finish: ends jobs of one queue that are done, without a step of their own for anything else.
-- ARGV: kitchen id, queue, then for each lease: epoch, how many of its jobs to forget, how many to keep; the ids of the
--   former; then for each of the latter id, ran ms or '', exit status, result (after '=').
-- Answers the positions, from 1, of the jobs that were lost, counted through all leases in the order given.
local queue = ARGV[2]
local facts = call('HMGET', kitchen, 'id', 'next_id')
if facts[1] ~= ARGV[1] then return gone() end
local now = math.floor(clock_us() / 1000)
local lost, position, count = {}, 0, 0
local forgotten, kept = {}, {}

-- Which of these ids the lease holds; an id that comes twice is held the first time only.
local function held_of(lease, ids)
  local flags = {}
  for from = 1, #ids, 5000 do
    for n, flag in ipairs(call('SMISMEMBER', lease.held, unpack(ids, from, math.min(from + 4999, #ids)))) do
      flags[from + n - 1] = flag == 1
    end
  end
  local seen = {}
  for n, id in ipairs(ids) do
    if seen[id] then flags[n] = false end
    seen[id] = true
  end
  return flags
end

local function read_ids(from, forgets, keeps)
  local ids = {}
  for n = 1, forgets do ids[n] = ARGV[from + n] end
  for n = 1, keeps do ids[forgets + n] = ARGV[from + forgets + 4 * (n - 1) + 1] end
  return ids
end

local function finish_lease(epoch, forgets, keeps, from)
  local ids = read_ids(from, forgets, keeps)
  local until_ms = call('ZSCORE', kitchen .. ':ends:' .. queue, epoch)
  local stands = until_ms and tonumber(until_ms) > now
  local lease = stands and lease_of(queue, epoch)
  local flags = stands and held_of(lease, ids) or {}
  local gone_from = {}
  for n, id in ipairs(ids) do
    position = position + 1
    if not flags[n] then
      lost[#lost + 1] = position
    else
      gone_from[#gone_from + 1] = id
      if n <= forgets then
        forgotten[#forgotten + 1] = id
      else
        local base = from + forgets + 4 * (n - forgets - 1)
        local ran = ARGV[base + 2]
        kept[#kept + 1] = { id, lease, ran == '' and lease.taken or now - ran, ARGV[base + 3], ARGV[base + 4] }
      end
    end
  end
  for n = 1, #gone_from, 5000 do call('SREM', lease.held, unpack(gone_from, n, math.min(n + 4999, #gone_from))) end
  if #gone_from > 0 then close_lease(queue, epoch) end
  count = count + #gone_from
end

local function keep_done(bucket, jobs)
  local key, ids, fields = kitchen .. ':life:' .. bucket, {}, {}
  for n, job in ipairs(jobs) do ids[n] = job[1] end
  local earlier = call('EXISTS', key) == 1 and call('HMGET', key, unpack(ids)) or {}
  for n, job in ipairs(jobs) do
    local before = '0\t0\t'
    if earlier[n] then
      local life = read_life(earlier[n])
      before = life.failures .. '\t' .. life.crashes .. '\t' .. (life.due or '')
    end
    fields[2 * n - 1] = job[1]
    fields[2 * n] = 'done\t' .. before .. '\t' .. job[2].node .. '\t' .. job[3] .. '\t' .. now .. '\t' .. job[4] .. '\t\n' .. job[5]
  end
  call('HSET', key, unpack(fields))
end

local function keep_all()
  local groups, places = {}, {}
  local is_keyed = call('EXISTS', kitchen .. ':keyof:' .. queue) == 1
  for _, job in ipairs(kept) do
    local id = job[1]
    local bucket = bucket_of(id)
    local group = groups[bucket]
    if group then group[#group + 1] = job else groups[bucket] = { job } end
    if is_keyed then
      keep_ended(queue, id, { state = 'done' }, now)
    else
      places[#places + 1] = now
      places[#places + 1] = string.format('%014.0f', id)
    end
  end
  for bucket, jobs in pairs(groups) do keep_done(bucket, jobs) end
  for n = 1, #places, 2000 do
    call('ZADD', kitchen .. ':done:' .. queue, unpack(places, n, math.min(n + 1999, #places)))
  end
end

local at = 3
while at <= #ARGV do
  local forgets, keeps = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  finish_lease(ARGV[at], forgets, keeps, at + 2)
  at = at + 3 + forgets + 4 * keeps
end
if #forgotten > 0 then drop(queue, forgotten, tonumber(facts[2])) end
if #kept > 0 then keep_all() end
if count > 0 then
  call('HINCRBY', kitchen, 'running:' .. queue, -count)
  note_ended(queue, count, now)
end
return lost
