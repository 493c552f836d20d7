-- errors: the ids of a queue's jobs in error.
-- ARGV: kitchen id, queue
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
return call('ZRANGE', kitchen .. ':error:' .. ARGV[2], 0, -1)
