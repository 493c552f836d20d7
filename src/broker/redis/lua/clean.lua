-- clean: deletes a part of a queue's jobs; the caller repeats it until nothing is left.
-- ARGV: kitchen id, queue, most jobs, 'force' or ''
-- Answers how many were deleted, and how many run and may not be deleted: then nothing was.
local queue, most = ARGV[2], tonumber(ARGV[3])
local facts = call('HMGET', kitchen, 'id', 'next_id', 'running:' .. queue)
if facts[1] ~= ARGV[1] then return gone() end
local running_count = tonumber(facts[3] or 0)
if running_count > 0 and ARGV[4] ~= 'force' then return { 0, running_count } end

local ids = {}
local function room() return most - #ids end
local function note(names, first)
  for _, name in ipairs(names) do ids[#ids + 1] = string.match(name, '0*(%d+)$', first) end
end

for _, epoch in ipairs(call('ZRANGE', kitchen .. ':ends:' .. queue, 0, -1)) do
  if room() == 0 then break end
  local held = call('SPOP', kitchen .. ':held:' .. epoch, room())
  count_running(queue, -#held)
  note(held)
  close_lease(queue, epoch)
end
if room() > 0 then note(call('LPOP', kitchen .. ':line:' .. queue, room()) or {}) end
for key, first in pairs({ [':lane:'] = 19, [':suspects:'] = 19, [':due:'] = 20, [':done:'] = 1, [':error:'] = 1, [':cancelled:'] = 1 }) do
  if room() > 0 then
    local names = call('ZRANGE', kitchen .. key .. queue, 0, room() - 1)
    if #names > 0 then call('ZREMRANGEBYRANK', kitchen .. key .. queue, 0, #names - 1) end
    note(names, first)
  end
end
drop(queue, ids, tonumber(facts[2]))
call('DEL', kitchen .. ':ended:' .. queue)
close_ledger(0)
return { #ids, 0 }
