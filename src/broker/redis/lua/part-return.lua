-- part-return: jobs whose lease has ended come back.
local CRASHES_MAX = SUSPECT_CRASHES + 1
-- core/limits.ts and broker/set-aside.ts have these, too; a test compares them.
local SET_ASIDE = '"set aside after 3 crashes: each time its lease ended without an outcome"'

-- Returns one job with a crash counted; after too many it is set aside (law 7). It ended when its lease did.
local function crash(queue, id, lease, until_ms)
  local life = life_of(id)
  remember(id, life, { node = lease.node, started = lease.taken, settled = until_ms, ended = 'crash' })
  life.crashes = life.crashes + 1
  if life.crashes < CRASHES_MAX then
    make_ready(queue, id, record_of(id), life)
  else
    life.state, life.error = 'error', SET_ASIDE
    keep_ended(queue, id, life, until_ms)
    ended[queue] = (ended[queue] or 0) + 1
  end
  keep_life(id, life)
  return life
end

-- Returns at most `most` jobs of leases that have ended; answers how many, and tells `note` of each.
local function return_ended(queue, now, most, note)
  local count = 0
  local ends = call('ZRANGEBYSCORE', kitchen .. ':ends:' .. queue, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
  for at = 1, #ends, 2 do
    local epoch, until_ms = ends[at], ends[at + 1]
    local lease = lease_of(queue, epoch)
    for _, id in ipairs(call('SMEMBERS', lease.held)) do
      if count == most then break end
      count = count + 1
      call('SREM', lease.held, id)
      local life = crash(queue, id, lease, until_ms)
      if note then note(id, lease, life) end
    end
    close_lease(queue, epoch)
    if count == most then break end
  end
  count_running(queue, -count)
  return count
end
