-- part-ledger: what a script holds back until its end, so that a thousand jobs cost one write of each.
-- wake: 'ready' for queues in which something became ready where nothing was, 'due' for those with something due before all
-- that was known.
local running, ended, wake = {}, {}, {}

local function count_running(queue, change)
  running[queue] = (running[queue] or 0) + change
end

-- How many jobs ended in each second; only the last minute is kept.
local function note_ended(queue, count, now)
  local key, second = kitchen .. ':ended:' .. queue, math.floor(now / 1000)
  if call('HINCRBY', key, second, count) ~= count then return end
  for _, noted in ipairs(call('HKEYS', key)) do
    local other = tonumber(noted)
    -- Also what lies ahead: it was counted before time was turned back.
    if other <= second - 60 or other > second then call('HDEL', key, noted) end
  end
end

local function close_ledger(now)
  for queue, change in pairs(running) do
    if change ~= 0 then call('HINCRBY', kitchen, 'running:' .. queue, change) end
  end
  for queue, count in pairs(ended) do note_ended(queue, count, now) end
  for queue, why in pairs(wake) do tell(queue, why) end
end
