-- oldest-ready: since when the ready job that has been due for the longest has been so, of queues.
-- ARGV: kitchen id, queue …
-- Answers a due time or '' for each of the first queues, one at least: a part ends after so many looks that no other client
-- waits long for it.
local LOOKS_MAX = 2000
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local looks, oldest = 0, nil

local function note(due)
  if not oldest or due < oldest then oldest = due end
end

local function due_of(id)
  local sent, _, _, delay = read_head(record_of(id))
  return life_of(id).due or sent + delay
end

-- From rank to rank, whatever stands between. What is expedited stands before what came earlier, so the last of these is the
-- oldest.
local function look_at_turns(key)
  local from = '-'
  while true do
    local first = call('ZRANGEBYLEX', key, from, '+', 'LIMIT', 0, 1)[1]
    looks = looks + 1
    if not first then return end
    local rank = tonumber(string.sub(first, 1, 4))
    if rank > 0 then
      note(tonumber(string.sub(first, 5, 18)))
    else
      note(due_of(id_of_turn(call('ZREVRANGEBYLEX', key, '(0001', '-', 'LIMIT', 0, 1)[1])))
    end
    from = string.format('[%04d', rank + 1)
  end
end

local answers = {}
for at = 2, #ARGV do
  if looks > LOOKS_MAX then break end
  oldest = nil
  local first = call('LINDEX', kitchen .. ':line:' .. ARGV[at], 0)
  if first then note(due_of(first)) end
  look_at_turns(kitchen .. ':lane:' .. ARGV[at])
  look_at_turns(kitchen .. ':suspects:' .. ARGV[at])
  looks = looks + 1
  answers[#answers + 1] = oldest and string.format('%.0f', oldest) or ''
end
return answers
