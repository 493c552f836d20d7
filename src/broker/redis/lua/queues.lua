-- queues: every queue with its counters, from the sizes of where its jobs stand, and what ended in the last minute.
-- ARGV: kitchen id
-- Answers for each a list: name, scheduled, ready, running, done, error, cancelled, ended, first second that counts or -1, second now,
-- 1 when it is paused.
local facts = call('HGETALL', kitchen)
local fields = {}
for at = 1, #facts, 2 do fields[facts[at]] = facts[at + 1] end
if fields.id ~= ARGV[1] then return gone() end
local second = math.floor(clock_us() / 1000000)

local function card(name, queue)
  return call('ZCARD', kitchen .. name .. queue)
end

local function recent(queue)
  local noted, sum, first = call('HGETALL', kitchen .. ':ended:' .. queue), 0, -1
  for at = 1, #noted, 2 do
    local other = tonumber(noted[at])
    if other > second - 60 and other <= second then
      sum = sum + noted[at + 1]
      if first < 0 or other < first then first = other end
    end
  end
  return sum, first
end

local answers = {}
for field in pairs(fields) do
  local queue = string.match(field, '^queue:(.*)$')
  if queue then
    local ready = call('LLEN', kitchen .. ':line:' .. queue) + card(':lane:', queue) + card(':suspects:', queue)
    local count, first = recent(queue)
    answers[#answers + 1] = {
      queue, card(':due:', queue), ready, tonumber(fields['running:' .. queue] or 0),
      card(':done:', queue), card(':error:', queue), card(':cancelled:', queue), count, first, second,
      fields['paused:' .. queue] and 1 or 0,
    }
  end
end
return answers
