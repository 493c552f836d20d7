-- resume: lets a queue go on. It is listed from then on, though it may never have had a job.
-- ARGV: kitchen id, queue
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
call('HSETNX', kitchen, 'queue:' .. ARGV[2], 0)
call('HDEL', kitchen, 'paused:' .. ARGV[2])
-- What became ready meanwhile was told to nobody: who waits has to look.
tell(ARGV[2], 'due')
