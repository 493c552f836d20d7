-- records: a page of records by the bytes of their keys.
-- ARGV: kitchen id, from (as ZRANGEBYLEX takes it), prefix, most records
-- Answers key, version and value of each, one after the other.
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local now, from, most, answers = math.floor(clock_us() / 1000), ARGV[2], tonumber(ARGV[4]), {}
-- Sorts after every key that begins with the prefix: no text in UTF-8 holds this byte.
local below = '(' .. ARGV[3] .. '\255'
while true do
  local keys = call('ZRANGEBYLEX', kitchen .. ':record-keys', from, below, 'LIMIT', 0, most)
  for _, key in ipairs(keys) do
    local version, value = read_record(key, now)
    if version > 0 and #answers < 3 * most then
      answers[#answers + 1] = key
      answers[#answers + 1] = version
      answers[#answers + 1] = value
    end
  end
  if #keys < most or #answers == 3 * most then return answers end
  from = '(' .. keys[#keys]
end
