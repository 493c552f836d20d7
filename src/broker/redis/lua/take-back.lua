-- take-back: running jobs start afresh, and the outcomes of their holders are refused from now on.
-- ARGV: kitchen id, queue, most jobs, 'all' or '' for those of leases that have ended or whose node is gone; the last epoch
--   to look at, or '' for the newest; node … (that are gone)
-- Answers how many came back, that last epoch, and 'more' or ''.
local facts = call('HMGET', kitchen, 'id', 'last_epoch')
if facts[1] ~= ARGV[1] then return gone() end
local now = math.floor(clock_us() / 1000)
local queue, most, takes_all = ARGV[2], tonumber(ARGV[3]), ARGV[4] == 'all'
local last_epoch = ARGV[5] == '' and facts[2] or ARGV[5]
local is_gone = {}
for at = 6, #ARGV do is_gone[ARGV[at]] = true end

local count, more = 0, ''
local ends = call('ZRANGE', kitchen .. ':ends:' .. queue, 0, -1, 'WITHSCORES')
for at = 1, #ends, 2 do
  local epoch = ends[at]
  local lease = lease_of(queue, epoch)
  local is_over = takes_all or tonumber(ends[at + 1]) <= now or is_gone[lease.node]
  if is_over and tonumber(epoch) <= tonumber(last_epoch) then
    for _, id in ipairs(call('SMEMBERS', lease.held)) do
      if count == most then more = 'more' break end
      count = count + 1
      call('SREM', lease.held, id)
      local life = life_of(id)
      remember(id, life, { node = lease.node, started = lease.taken, settled = now, ended = 'reset' })
      life.failures, life.crashes = 0, 0
      make_ready(queue, id, record_of(id), life)
      keep_life(id, life)
    end
    close_lease(queue, epoch)
  end
end
count_running(queue, -count)
close_ledger(now)
return { count, last_epoch, more }
