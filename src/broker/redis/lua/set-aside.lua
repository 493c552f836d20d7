-- set-aside: jobs in error because they crashed too often, among the newest of each queue.
-- ARGV: kitchen id, errors of a queue to look through, crashes that are too many, most jobs
local facts = call('HGETALL', kitchen)
local queues, id = {}, nil
for at = 1, #facts, 2 do
  if facts[at] == 'id' then id = facts[at + 1] end
  queues[#queues + 1] = string.match(facts[at], '^queue:(.*)$')
end
if id ~= ARGV[1] then return gone() end

local found = {}
for _, queue in ipairs(queues) do
  for _, name in ipairs(call('ZREVRANGE', kitchen .. ':error:' .. queue, 0, ARGV[2] - 1)) do
    if #found == tonumber(ARGV[4]) then return found end
    local job = string.match(name, '0*(%d+)$')
    if life_of(job).crashes >= tonumber(ARGV[3]) then found[#found + 1] = job end
  end
end
return found
