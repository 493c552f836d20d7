-- part-life: what has changed about a job since it was sent. A job that went straight to its end has none until then, and
-- one that is forgotten at its end never has one.
-- Fields: state (of one that ended), failures, crashes, due, and of the last attempt node, started, settled, exit status;
-- then the error as JSON text or nothing, and on the next line the result after a '=' or nothing.
local LIFE = '^(%a*)\t(%d+)\t(%d+)\t(%d*)\t([^\t]*)\t(%-?%d*)\t(%-?%d*)\t(%-?%d*)\t([^\n]*)\n(.*)$'

local function read_life(text)
  if not text then
    return { state = '', failures = 0, crashes = 0, node = '', started = '', settled = '', exit = '', error = '', result = '' }
  end
  local life = {}
  local failures, crashes, due
  life.state, failures, crashes, due, life.node, life.started, life.settled, life.exit, life.error, life.result =
    string.match(text, LIFE)
  life.failures, life.crashes, life.due = tonumber(failures), tonumber(crashes), tonumber(due)
  return life
end

local function life_text(life)
  return table.concat({
    life.state, life.failures, life.crashes, life.due or '',
    life.node, life.started, life.settled, life.exit, life.error,
  }, '\t') .. '\n' .. life.result
end

-- Jobs stand in buckets of a hundred ids, so that they can be listed by id without a walk over ids that are gone, and so
-- that a bucket is too small to be slow while Redis packs it.
local function bucket_of(id)
  return math.floor(id / 100)
end

local function record_of(id)
  return call('HGET', kitchen .. ':jobs:' .. bucket_of(id), id)
end

local function life_of(id)
  return read_life(call('HGET', kitchen .. ':life:' .. bucket_of(id), id))
end

local function keep_life(id, life)
  call('HSET', kitchen .. ':life:' .. bucket_of(id), id, life_text(life))
end

-- Keeps an attempt in its job's history, and as its last one; the caller keeps the life.
local function remember(id, life, attempt)
  life.node, life.started, life.settled, life.exit = attempt.node, attempt.started, attempt.settled, attempt.exit or ''
  local key = kitchen .. ':attempts:' .. id
  local count = call('RPUSH', key, table.concat({
    attempt.node, attempt.started, attempt.settled, attempt.ended,
    attempt.exit or '', attempt.signal or '', attempt.error or '', attempt.output or '',
  }, '\t'))
  if count > 100 then call('LPOP', key) end
end

-- Puts a job where jobs of its state are kept in the order in which they ended.
local function keep_ended(queue, id, life, ended_ms)
  call('ZADD', kitchen .. ':' .. life.state .. ':' .. queue, ended_ms, string.format('%014.0f', id))
  local key = call('HGET', kitchen .. ':keyof:' .. queue, id)
  if key and string.sub(key, 1, 1) == 'l' then
    local holders, name = kitchen .. ':keys:' .. queue, string.sub(key, 2)
    if call('HGET', holders, name) == id then call('HDEL', holders, name) end
  end
end
