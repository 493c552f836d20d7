-- part-wake: tells those who wait for a queue. Nobody is woken for one that is paused: there is nothing to take.
local function tell(queue, why)
  if call('HEXISTS', kitchen, 'paused:' .. queue) == 1 then return end
  call('PUBLISH', 'hob:' .. ARGV[1] .. ':' .. queue, why)
end
