-- commit: applies steps, each whole or not at all.
-- ARGV: kitchen id, then for each step three counts: of settles (0 or 1), puts and sends; then these, in that order:
--   settle: queue, epoch, job, outcome, wait in ms, error or reason (JSON text), result (after '='), ran ms, exit status,
--     signal (JSON text), output (JSON text), 'forget' or ''
--   put: key, expected version or '', time to live or '', '=' to put and '-' to delete, value
--   send: queue, rank, delay, key with its scope's letter or '', the rest of the record's first line, payload
-- Answers a word for each step: lost, conflict, done or duplicate, and after it the ids that its sends got; before that
-- of a job that held the key already stands '='.
local facts = call('HMGET', kitchen, 'id', 'next_id')
if facts[1] ~= ARGV[1] then return gone() end
local now = math.floor(clock_us() / 1000)
local next_id = tonumber(facts[2])
local at = 1
-- Those of records that were changed.
local topics = {}

local function read(count)
  local from = at + 1
  at = at + count
  return unpack(ARGV, from, at)
end

local function read_settle()
  local settle = {}
  settle.queue, settle.epoch, settle.job, settle.outcome, settle.wait, settle.error, settle.result, settle.ran,
    settle.exit, settle.signal, settle.output, settle.forget = read(12)
  return settle
end

-- The lease of a settle when it still holds the job by the store's clock (law 2).
local function holding(settle)
  local until_ms = call('ZSCORE', kitchen .. ':ends:' .. settle.queue, settle.epoch)
  if not until_ms or tonumber(until_ms) <= now then return nil end
  local lease = lease_of(settle.queue, settle.epoch)
  return call('SISMEMBER', lease.held, settle.job) == 1 and lease or nil
end

local function has_conflict(put)
  return put.expected ~= '' and tonumber(put.expected) ~= read_record(put.key, now)
end

local function apply_put(put)
  local topic = string.match(put.key, '^([^/]+)/')
  if topic then topics[topic] = true end
  if put.how == '-' then return drop_record(put.key) end
  local version = call('HINCRBY', kitchen, 'last_version', 1)
  local gone_ms = put.ttl == '' and '' or now + put.ttl
  call('HSET', kitchen .. ':records', put.key, version .. '\t' .. gone_ms .. '\t' .. put.value)
  call('ZADD', kitchen .. ':record-keys', 0, put.key)
  if gone_ms == '' then call('ZREM', kitchen .. ':record-ends', put.key)
  else call('ZADD', kitchen .. ':record-ends', gone_ms, put.key) end
end

local function wait_again(settle, life, in_ms)
  local queue, id, record = settle.queue, settle.job, record_of(settle.job)
  if in_ms == nil then return make_ready(queue, id, record, life) end
  life.due = now + in_ms
  if in_ms == 0 then make_ready(queue, id, record, life)
  else make_scheduled(queue, life.due, name_in_due(id, record, life)) end
end

-- Ends an attempt of a job that the lease holds.
local function apply_settle(settle, lease)
  local queue, id, outcome = settle.queue, settle.job, settle.outcome
  call('SREM', lease.held, id)
  close_lease(queue, settle.epoch)
  count_running(queue, -1)
  if outcome == 'done' or outcome == 'error' then ended[queue] = (ended[queue] or 0) + 1 end
  if outcome == 'done' and settle.forget ~= '' then return drop(queue, { id }, next_id) end

  local life = life_of(id)
  -- The worker's clock tells how long, the store's clock tells when.
  local started = settle.ran == '' and lease.taken or now - settle.ran
  local attempt = { node = lease.node, started = started, settled = now, ended = outcome, exit = settle.exit }
  if outcome == 'done' then
    life.node, life.started, life.settled, life.exit = attempt.node, attempt.started, attempt.settled, attempt.exit
    life.state, life.result, life.error = 'done', settle.result, ''
  elseif outcome ~= 'release' or settle.ran ~= '' then
    attempt.signal, attempt.output, attempt.error = settle.signal, settle.output, settle.error
    remember(id, life, attempt)
  end
  if outcome == 'retry' or outcome == 'error' then life.failures = life.failures + 1 end
  if outcome == 'error' or outcome == 'cancel' then
    life.state, life.error = outcome == 'error' and 'error' or 'cancelled', settle.error
  end

  if life.state ~= '' then keep_ended(queue, id, life, now)
  elseif outcome == 'release' then wait_again(settle, life, nil)
  else wait_again(settle, life, tonumber(settle.wait)) end
  -- A job given back before it began leaves no trace.
  if outcome ~= 'release' or settle.ran ~= '' then keep_life(id, life) end
end

-- The list is in order of time only while time goes on.
local function push_in_line(queue, id)
  local field, line = 'queue:' .. queue, kitchen .. ':line:' .. queue
  local last_place = tonumber(call('HGET', kitchen, field) or 0)
  if now < last_place and call('EXISTS', line) == 1 then
    add_to_lane(':lane:', queue, turn(PLAIN_RANK, now, id))
    return
  end
  if now ~= last_place then call('HSET', kitchen, field, now) end
  if call('RPUSH', line, id) == 1 then wake[queue] = 'ready' end
end

local function apply_send(queue, rank, delay, key, rest, payload)
  rank, delay = tonumber(rank), tonumber(delay)
  if key ~= '' then
    local holder = call('HGET', kitchen .. ':keys:' .. queue, string.sub(key, 2))
    if holder then return '=' .. holder end
  end
  local number = next_id
  local id, bucket = string.format('%.0f', number), bucket_of(number)
  next_id = number + 1
  if number % 100 == 0 then
    call('ZADD', kitchen .. ':buckets', bucket, bucket)
    if call('EXISTS', kitchen .. ':jobs:' .. bucket - 1) == 0 then call('ZREM', kitchen .. ':buckets', bucket - 1) end
  end
  if key ~= '' then
    call('HSET', kitchen .. ':keys:' .. queue, string.sub(key, 2), id)
    call('HSET', kitchen .. ':keyof:' .. queue, id, key)
  end
  call('HSET', kitchen .. ':jobs:' .. bucket, id, now .. '\t' .. queue .. rest .. '\n' .. payload)
  if rank == PLAIN_RANK and delay == 0 then
    push_in_line(queue, id)
  else
    call('HSETNX', kitchen, 'queue:' .. queue, 0)
    local place = rank == 0 and LAST_PLACE - number or now + delay
    if delay == 0 then add_to_lane(':lane:', queue, turn(rank, place, number))
    else make_scheduled(queue, now + delay, 'l' .. turn(rank, place, number)) end
  end
  return id
end

local function apply_step()
  local settles, puts, sends = read(3)
  local settle = settles == '1' and read_settle()
  local changes = {}
  for n = 1, tonumber(puts) do
    local put = {}
    put.key, put.expected, put.ttl, put.how, put.value = read(5)
    changes[n] = put
  end
  local sends_from = at
  at = at + 6 * sends

  local lease = settle and holding(settle)
  if settle and not lease then return 'lost' end
  for _, put in ipairs(changes) do if has_conflict(put) then return 'conflict' end end

  -- The end first: a job may send its successor under the key that it frees.
  if settle then apply_settle(settle, lease) end
  local words = { 'done' }
  for n = 0, sends - 1 do
    local from = sends_from + 6 * n
    local id = apply_send(unpack(ARGV, from + 1, from + 6))
    if string.sub(id, 1, 1) == '=' then words[1] = 'duplicate' end
    words[n + 2] = id
  end
  for _, put in ipairs(changes) do apply_put(put) end
  return table.concat(words, ' ')
end

local answers = {}
while at < #ARGV do answers[#answers + 1] = apply_step() end
if next_id ~= tonumber(facts[2]) then call('HSET', kitchen, 'next_id', next_id) end
close_ledger(now)
for topic in pairs(topics) do call('PUBLISH', 'hob:' .. ARGV[1] .. '/' .. topic, 'changed') end
return answers
