-- jobs: a part of a page of jobs by id.
-- ARGV: kitchen id, after, most jobs, queue or '' for all, state … (those wanted)
-- Answers where to go on, or '' at the end, and then a list for each job (part-view). A part ends after so many jobs were
-- looked at, or so many bytes were found, that no other client waits long for it.
local LOOKS_MAX, BYTES_MAX = 2000, 8 * 1024 * 1024
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local after, most, only_queue = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local wanted = {}
for at = 5, #ARGV do wanted[ARGV[at]] = true end

-- The ids of a bucket after the one that the page begins after, in order.
local function ids_in(bucket)
  local ids = {}
  for _, id in ipairs(call('HKEYS', kitchen .. ':jobs:' .. bucket)) do
    local number = tonumber(id)
    if number > after then ids[#ids + 1] = number end
  end
  table.sort(ids)
  return ids
end

local answers, looks, bytes, last = { '' }, 0, 0, after
local from = math.floor(after / 100)
while true do
  local buckets = call('ZRANGEBYSCORE', kitchen .. ':buckets', from, '+inf', 'LIMIT', 0, 20)
  for _, bucket in ipairs(buckets) do
    for _, number in ipairs(ids_in(bucket)) do
      if looks == LOOKS_MAX or bytes > BYTES_MAX or #answers > most then
        answers[1] = string.format('%.0f', last)
        return answers
      end
      local id = string.format('%.0f', number)
      looks, last = looks + 1, number
      local record = record_of(id)
      local _, queue = read_head(record)
      if only_queue == '' or queue == only_queue then
        local shown = view(id, record, call('HGET', kitchen .. ':life:' .. bucket, id))
        if wanted[shown[2]] then
          answers[#answers + 1] = shown
          bytes = bytes + #record + #shown[4]
        end
      end
    end
  end
  if #buckets < 20 then return answers end
  from = buckets[#buckets] + 1
end
