-- describe: the store's clock in milliseconds, as a whole number, and the schema's version.
-- ARGV: kitchen id
local facts = call('HMGET', kitchen, 'id', 'schema')
if facts[1] ~= ARGV[1] then return gone() end
return { math.floor(clock_us() / 1000), facts[2] }
