-- part-afresh: a job that ended starts again as if it had never been tried, but for its history.

-- Makes a job hold its key again; false when another job holds it now.
local function claim_key(queue, id)
  local key = call('HGET', kitchen .. ':keyof:' .. queue, id)
  if not key then return true end
  local name = string.sub(key, 2)
  local holder = call('HGET', kitchen .. ':keys:' .. queue, name)
  if not holder then call('HSET', kitchen .. ':keys:' .. queue, name, id) end
  return not holder or holder == id
end

-- The caller has taken it out of the place of its state.
local function start_afresh(queue, id, record, life)
  life.state, life.failures, life.crashes, life.error = '', 0, 0, ''
  make_ready(queue, id, record, life)
  keep_life(id, life)
end
