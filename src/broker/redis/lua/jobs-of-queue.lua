-- jobs-of-queue: a part of a page of one queue's jobs by id, from the places where jobs of each state stand.
-- ARGV: kitchen id, after, most jobs, queue, state … (those wanted)
-- Answers as jobs does, and a part ends as there; or 'many', when so many jobs stand in no order of ids that to look at each
-- would keep other clients waiting. The line is in that order, and may be as long as it is.
local PLACES_MAX, JOBS_MAX, BYTES_MAX = 10000, 1000, 8 * 1024 * 1024
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local after, most, queue = tonumber(ARGV[2]), math.min(tonumber(ARGV[3]), JOBS_MAX), ARGV[4]
local wanted = {}
for at = 5, #ARGV do wanted[ARGV[at]] = true end

-- Sorted sets of each state, and what precedes the id in their names.
local SETS = {
  ready = { [':lane:'] = 18, [':suspects:'] = 18 }, scheduled = { [':due:'] = 19 },
  done = { [':done:'] = 0 }, error = { [':error:'] = 0 }, cancelled = { [':cancelled:'] = 0 },
}
local sets, places = {}, wanted.running and tonumber(call('HGET', kitchen, 'running:' .. queue) or 0) or 0
for state, names in pairs(SETS) do
  for name, before in pairs(wanted[state] and names or {}) do
    sets[kitchen .. name .. queue] = before
    places = places + call('ZCARD', kitchen .. name .. queue)
  end
end
if places > PLACES_MAX then return 'many' end

local numbers = {}
local function note(names, before)
  for _, name in ipairs(names) do
    local number = tonumber(before == 0 and name or string.sub(name, before + 1))
    if number > after then numbers[#numbers + 1] = number end
  end
end
for key, before in pairs(sets) do note(call('ZRANGE', key, 0, -1), before) end
if wanted.running then
  for _, epoch in ipairs(call('ZRANGE', kitchen .. ':ends:' .. queue, 0, -1)) do
    note(call('SMEMBERS', kitchen .. ':held:' .. epoch), 0)
  end
end

-- Where in the line the first id stands that comes after: ids rise along it.
local line = kitchen .. ':line:' .. queue
local function place_after()
  local low, high = 0, call('LLEN', line)
  while low < high do
    local place = math.floor((low + high) / 2)
    if tonumber(call('LINDEX', line, place)) > after then high = place else low = place + 1 end
  end
  return low
end
if wanted.ready then
  local place = place_after()
  note(call('LRANGE', line, place, place + most - 1), 0)
end
table.sort(numbers)

local answers, bytes = { '' }, 0
for at, number in ipairs(numbers) do
  if #answers > most or bytes > BYTES_MAX then
    answers[1] = string.format('%.0f', numbers[at - 1])
    break
  end
  local id = string.format('%.0f', number)
  local record = record_of(id)
  local shown = view(id, record, call('HGET', kitchen .. ':life:' .. bucket_of(number), id))
  answers[#answers + 1] = shown
  bytes = bytes + #record + #shown[4]
end
return answers
