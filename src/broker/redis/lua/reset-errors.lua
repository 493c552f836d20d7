-- reset-errors: jobs in error start afresh. One whose key another job holds by now stays.
-- ARGV: kitchen id, queue, id … (as errors answers them)
-- Answers how many came back, and how many stay.
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local queue, reset, held = ARGV[2], 0, 0
local errors = kitchen .. ':error:' .. queue

-- Makes a job hold its key again; false when another job holds it now.
local function claim_key(id)
  local key = call('HGET', kitchen .. ':keyof:' .. queue, id)
  if not key then return true end
  local name = string.sub(key, 2)
  local holder = call('HGET', kitchen .. ':keys:' .. queue, name)
  if not holder then call('HSET', kitchen .. ':keys:' .. queue, name, id) end
  return not holder or holder == id
end

for at = 3, #ARGV do
  local id = string.match(ARGV[at], '0*(%d+)$')
  if call('ZSCORE', errors, ARGV[at]) then
    if claim_key(id) then
      call('ZREM', errors, ARGV[at])
      local life = life_of(id)
      life.state, life.failures, life.crashes, life.error = '', 0, 0, ''
      make_ready(queue, id, record_of(id), life)
      keep_life(id, life)
      reset = reset + 1
    else
      held = held + 1
    end
  end
end
close_ledger(0)
return { reset, held }
