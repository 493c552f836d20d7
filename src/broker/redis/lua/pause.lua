-- pause: gives no more jobs of a queue to anybody. It is listed from then on, though it may never have had a job.
-- ARGV: kitchen id, queue
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
call('HSETNX', kitchen, 'queue:' .. ARGV[2], 0)
call('HSET', kitchen, 'paused:' .. ARGV[2], 1)
