-- reset-errors: jobs in error start afresh. One whose key another job holds by now stays.
-- ARGV: kitchen id, queue, id … (as errors answers them)
-- Answers how many came back, and how many stay.
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local queue, reset, held = ARGV[2], 0, 0
local errors = kitchen .. ':error:' .. queue

for at = 3, #ARGV do
  local id = string.match(ARGV[at], '0*(%d+)$')
  if call('ZSCORE', errors, ARGV[at]) then
    if claim_key(queue, id) then
      call('ZREM', errors, ARGV[at])
      start_afresh(queue, id, record_of(id), life_of(id))
      reset = reset + 1
    else
      held = held + 1
    end
  end
end
close_ledger(0)
return { reset, held }
