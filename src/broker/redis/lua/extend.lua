-- extend: makes leases last for some time from now.
-- ARGV: kitchen id, lease in ms, then for each lease queue and epoch
-- Answers the positions, from 1, of the leases that no longer hold a job.
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local now = math.floor(clock_us() / 1000)
local until_ms, lost = now + ARGV[2], {}
for at = 3, #ARGV, 2 do
  local queue, epoch = ARGV[at], ARGV[at + 1]
  local key = kitchen .. ':ends:' .. queue
  local before = call('ZSCORE', key, epoch)
  if not before or tonumber(before) <= now then
    lost[#lost + 1] = (at - 1) / 2
  else
    call('ZADD', key, until_ms, epoch)
    -- Who waits knows of the later end.
    if until_ms < tonumber(before) then tell(queue, 'due') end
  end
end
return lost
