-- part-line: where a job waits.
-- A plain job waits in the list `line`: ids in the order in which they were sent, which is that of their due times. All
-- others wait in the sorted set `lane` by their turns, or in `suspects`, so that a take that wants none need not look past.
-- A turn sorts as text (law 5): 4 digits of rank, 14 of due time or of what comes before it, 14 of id.
local PLAIN_RANK = 1001
local LAST_PLACE = 99999999999999
local SUSPECT_CRASHES = 2

local function turn(rank, place, id)
  return string.format('%04d%014.0f%014.0f', rank, place, id)
end

local function id_of_turn(text)
  return string.match(text, '0*(%d+)$', 19)
end

-- When a job was sent, its queue, its rank and its delay, from its record: the line above its payload.
local function read_head(record)
  local sent, queue, rest = string.match(record, '^(%d+)\t([^\t\n]*)([^\n]*)\n')
  if rest == '' then return tonumber(sent), queue, PLAIN_RANK, 0 end
  local priority, front, delay = string.match(rest, '^\t(%-?%d*)\t(x?)\t(%d*)')
  return tonumber(sent), queue, front == 'x' and 0 or PLAIN_RANK - (tonumber(priority) or 0), tonumber(delay) or 0
end

-- The turn of a job that waits, wherever it is now.
local function turn_of(id, record, life)
  local sent, _, rank, delay = read_head(record)
  -- What was expedited last goes first, and keeps that place.
  if rank == 0 then return turn(0, LAST_PLACE - id, id) end
  return turn(rank, life.due or sent + delay, id)
end

local function is_suspect(life)
  return life.crashes == SUSPECT_CRASHES
end

local function add_to_lane(name, queue, turns)
  local key = kitchen .. name .. queue
  if call('ZADD', key, 0, turns) == call('ZCARD', key) then wake[queue] = 'ready' end
end

-- Makes a job ready that was not.
local function make_ready(queue, id, record, life)
  add_to_lane(is_suspect(life) and ':suspects:' or ':lane:', queue, turn_of(id, record, life))
end

-- The name of a job among those that wait for their time: its lane, then its turn there.
local function name_in_due(id, record, life)
  return (is_suspect(life) and 's' or 'l') .. turn_of(id, record, life)
end

local function make_scheduled(queue, due, name)
  local key = kitchen .. ':due:' .. queue
  call('ZADD', key, due, name)
  if not wake[queue] and call('ZRANGE', key, 0, 0)[1] == name then wake[queue] = 'due' end
end

-- Makes at most `most` jobs ready that have fallen due; answers how many.
local function make_due_ready(queue, now, most)
  local key = kitchen .. ':due:' .. queue
  local names = call('ZRANGEBYSCORE', key, '-inf', now, 'LIMIT', 0, most)
  for _, name in ipairs(names) do
    add_to_lane(string.sub(name, 1, 1) == 's' and ':suspects:' or ':lane:', queue, string.sub(name, 2))
  end
  if #names > 0 then call('ZREMRANGEBYRANK', key, 0, #names - 1) end
  return #names
end
