-- job: one job's whole life.
-- ARGV: kitchen id, job
-- Answers nothing when there is no such job; else its view (part-view), its attempts, and of the lease that holds it the
-- milliseconds left and the ids of its jobs.
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local id = ARGV[2]
local record = record_of(id)
if not record then return false end
local shown = view(id, record, call('HGET', kitchen .. ':life:' .. bucket_of(id), id))
local answer = { shown, call('LRANGE', kitchen .. ':attempts:' .. id, 0, -1) }
if shown[5] then
  local _, queue = read_head(record)
  local until_ms = call('ZSCORE', kitchen .. ':ends:' .. queue, shown[5])
  answer[3] = until_ms - math.floor(clock_us() / 1000)
  answer[4] = call('SMEMBERS', kitchen .. ':held:' .. shown[5])
end
return answer
