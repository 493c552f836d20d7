-- leases: those of a queue with the jobs that still run under each.
-- ARGV: kitchen id, queue
-- Answers for each a list: epoch, taken, node, milliseconds left, id …
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local now, queue = math.floor(clock_us() / 1000), ARGV[2]
local ends, answers = call('ZRANGE', kitchen .. ':ends:' .. queue, 0, -1, 'WITHSCORES'), {}
for at = 1, #ends, 2 do
  local lease = lease_of(queue, ends[at])
  answers[#answers + 1] = { ends[at], lease.taken, lease.node, ends[at + 1] - now, call('SMEMBERS', lease.held) }
end
return answers
