-- probe: when queues may next have something to take.
-- ARGV: kitchen id, queue …
-- Answers for each the milliseconds until then: 0 when it has now, -1 when nothing is known of, or it is paused.
if call('HGET', kitchen, 'id') ~= ARGV[1] then return gone() end
local now = math.floor(clock_us() / 1000)

local function wait_ms(queue)
  if call('HEXISTS', kitchen, 'paused:' .. queue) == 1 then return -1 end
  if call('EXISTS', kitchen .. ':line:' .. queue, kitchen .. ':lane:' .. queue, kitchen .. ':suspects:' .. queue) > 0 then
    return 0
  end
  local next_ms = math.huge
  for _, key in ipairs({ ':due:', ':ends:' }) do
    local score = call('ZRANGE', kitchen .. key .. queue, 0, 0, 'WITHSCORES')[2]
    if score then next_ms = math.min(next_ms, tonumber(score)) end
  end
  return next_ms == math.huge and -1 or math.max(0, next_ms - now)
end

local waits = {}
for at = 2, #ARGV do waits[at - 1] = wait_ms(ARGV[at]) end
return waits
