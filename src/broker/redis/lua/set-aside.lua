-- set-aside: jobs in error because they crashed too often, among the newest of each queue.
-- ARGV: kitchen id, errors of a queue to look through, crashes that are too many, most jobs, queue …
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local looks, crashes_max, most, found = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), {}
for at = 5, #ARGV do
  for _, name in ipairs(call('ZREVRANGE', kitchen .. ':error:' .. ARGV[at], 0, looks - 1)) do
    if #found == most then return found end
    local job = string.match(name, '0*(%d+)$')
    if life_of(job).crashes >= crashes_max then found[#found + 1] = job end
  end
end
return found
