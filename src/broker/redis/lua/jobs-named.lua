-- jobs-named: those of some jobs that are there and wanted, in the order in which they are named.
-- ARGV: kitchen id, most jobs, queue or '' for all, how many states, state … (those wanted), job …
-- Answers how many of the names were looked at, and then a list for each job (part-view). A part ends after so many bytes
-- were found that no other client waits long for it.
local BYTES_MAX = 8 * 1024 * 1024
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local most, only_queue, first = tonumber(ARGV[2]), ARGV[3], 5 + ARGV[4]
local wanted = {}
for at = 5, first - 1 do wanted[ARGV[at]] = true end

local answers, bytes = { 0 }, 0
for at = first, #ARGV do
  if bytes > BYTES_MAX or #answers > most then break end
  answers[1] = answers[1] + 1
  local id = ARGV[at]
  local record = record_of(id)
  if record and (only_queue == '' or select(2, read_head(record)) == only_queue) then
    local shown = view(id, record, call('HGET', kitchen .. ':life:' .. bucket_of(id), id))
    if wanted[shown[2]] then
      answers[#answers + 1] = shown
      bytes = bytes + #record + #shown[4]
    end
  end
end
return answers
