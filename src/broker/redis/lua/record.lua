-- record: one record that stands now.
-- ARGV: kitchen id, key
-- Answers version and value, or nothing.
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local version, value = read_record(ARGV[2], math.floor(clock_us() / 1000))
return version > 0 and { version, value } or false
