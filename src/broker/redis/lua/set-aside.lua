-- set-aside: jobs in error because they crashed too often, among the newest errors of a queue, newest first.
-- ARGV: kitchen id, queue, errors to look through, crashes that are too many
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end

local found = {}
for _, name in ipairs(call('ZREVRANGE', kitchen .. ':error:' .. ARGV[2], 0, ARGV[3] - 1)) do
  local job = string.match(name, '0*(%d+)$')
  if life_of(job).crashes >= tonumber(ARGV[4]) then found[#found + 1] = job end
end
return found
