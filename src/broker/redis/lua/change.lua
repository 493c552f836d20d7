-- change: changes single jobs, each for itself.
-- ARGV: kitchen id, 'retry', 'cancel' or 'drop', reason (JSON text) of a cancel or '', job …
-- Answers a word for each: changed, missing, running, unfit or keyHeld.
local facts = call('HMGET', kitchen, 'id', 'next_id')
if facts[1] ~= ARGV[1] then return gone() end
local now = math.floor(clock_us() / 1000)
local reason = ARGV[3]
-- Jobs to forget, by queue.
local dropped = {}

-- When its last attempt ended; a job that was cancelled while it waited ended later.
local function end_of_last_attempt(id)
  local attempt = call('LINDEX', kitchen .. ':attempts:' .. id, -1)
  return attempt and string.match(attempt, '^[^\t]*\t[^\t]*\t(%-?%d*)') or ''
end

local function retry(queue, id, record, life, place)
  if life.state ~= '' then
    if not claim_key(queue, id) then return 'keyHeld' end
    if life.state == 'cancelled' then life.settled = end_of_last_attempt(id) end
    leave(queue, place)
    start_afresh(queue, id, record, life)
  else
    leave(queue, place)
    life.due = now
    make_ready(queue, id, record, life)
    keep_life(id, life)
  end
  return 'changed'
end

local function cancel(queue, id, _, life, place)
  leave(queue, place)
  life.state, life.error, life.settled = 'cancelled', reason, now
  keep_ended(queue, id, life, now)
  keep_life(id, life)
  return 'changed'
end

local function forget(queue, id, _, _, place)
  leave(queue, place)
  dropped[queue] = dropped[queue] or {}
  table.insert(dropped[queue], id)
  return 'changed'
end

-- What each does, and to jobs in which states.
local changes = {
  retry = { retry, { scheduled = true, error = true, cancelled = true } },
  cancel = { cancel, { scheduled = true, ready = true } },
  drop = { forget, { scheduled = true, ready = true, done = true, error = true, cancelled = true } },
}
local apply, fitting = unpack(changes[ARGV[2]])

local function change(id)
  local record = record_of(id)
  if not record then return 'missing' end
  local _, queue = read_head(record)
  local life = life_of(id)
  local state, place = place_of(queue, id, record, life)
  if state == 'running' then return 'running' end
  return fitting[state] and apply(queue, id, record, life, place) or 'unfit'
end

local answers = {}
for at = 4, #ARGV do answers[#answers + 1] = change(ARGV[at]) end
-- Before the lines: a server whose memory is full refuses what needs more only as long as nothing was changed.
for queue, ids in pairs(dropped) do drop(queue, ids, tonumber(facts[2])) end
close_lines()
close_ledger(now)
return answers
