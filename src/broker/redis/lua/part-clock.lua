-- part-clock: the store's clock, in microseconds since 1970. Tests put one in its place that they can move.
local function clock_us()
  local time = call('TIME')
  return time[1] * 1000000 + time[2]
end
