-- part-lease: one lease stands for all jobs of a take (decision 0002).
-- `leases` (hash) tells by epoch since when and whose; `ends` (sorted set) when each ends; `held:EPOCH` (set) its open jobs.

local function lease_of(queue, epoch)
  local taken, node = string.match(call('HGET', kitchen .. ':leases:' .. queue, epoch), '^(%d+)\t(.*)$')
  return { taken = taken, node = node, held = kitchen .. ':held:' .. epoch }
end

-- A lease without jobs is over.
local function close_lease(queue, epoch)
  if call('EXISTS', kitchen .. ':held:' .. epoch) == 1 then return end
  call('ZREM', kitchen .. ':ends:' .. queue, epoch)
  call('HDEL', kitchen .. ':leases:' .. queue, epoch)
end
