-- part-view: what people see of a job.

-- By job: the epoch and the lease of those that run in a queue.
local holders = {}
local function holder_of(queue, id)
  local held = holders[queue]
  if not held then
    held = {}
    for _, epoch in ipairs(call('ZRANGE', kitchen .. ':ends:' .. queue, 0, -1)) do
      local lease = lease_of(queue, epoch)
      lease.epoch = epoch
      for _, job in ipairs(call('SMEMBERS', lease.held)) do held[job] = lease end
    end
    holders[queue] = held
  end
  return held[id]
end

-- State, and the lease when it runs.
local function state_of(id, record, life_text)
  local life = read_life(life_text)
  if life.state ~= '' then return life.state end
  local _, queue = read_head(record)
  local lease = holder_of(queue, id)
  if lease then return 'running', lease end
  local is_scheduled = call('ZSCORE', kitchen .. ':due:' .. queue, name_in_due(id, record, life))
  return is_scheduled and 'scheduled' or 'ready'
end

-- A list: id, state, record, life or '', and of the lease that holds it epoch, taken and node, or nothing.
local function view(id, record, life_text)
  local state, lease = state_of(id, record, life_text)
  if not lease then return { id, state, record, life_text or '' } end
  return { id, state, record, life_text or '', lease.epoch, lease.taken, lease.node }
end
