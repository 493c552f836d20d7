-- part-place: where one job stands, and how it leaves that place.

-- By queue: places in its line that jobs leave. They leave together at the end, for one pass through the line.
local leaving, last_found = {}, {}

-- Where a job stands in the line, from 0; nil when it does not. Ids rise along the line, as they were drawn in the order in
-- which they came into it, and mostly without gaps: so every second guess is made as if they were spread evenly, and the
-- others halve what is left, whatever the gaps.
local function place_in_line(queue, id)
  local line, number = kitchen .. ':line:' .. queue, tonumber(id)
  local function id_at(place)
    return tonumber(call('LINDEX', line, place))
  end
  local low, high = 0, call('LLEN', line) - 1
  if high < 0 then return nil end
  local low_id, high_id = id_at(low), id_at(high)
  -- Jobs that are asked for together were often sent together.
  local place, is_spread = math.min(high, (last_found[queue] or -1) + 1), true
  while low <= high and number >= low_id and number <= high_id do
    local found = id_at(place)
    if found == number then
      last_found[queue] = place
      return place
    end
    if found < number then low, low_id = place + 1, found + 1 else high, high_id = place - 1, found - 1 end
    local share = is_spread and high_id > low_id and (number - low_id) / (high_id - low_id) or 0.5
    place = math.max(low, math.min(high, math.floor(low + share * (high - low))))
    is_spread = not is_spread
  end
  return nil
end

-- State of a job, and where it stands: { key of a sorted set, its name there } or { place in the line }; a running one
-- stands nowhere.
local function place_of(queue, id, record, life)
  if life.state ~= '' then return life.state, { kitchen .. ':' .. life.state .. ':' .. queue, string.format('%014.0f', id) } end
  local due, name = kitchen .. ':due:' .. queue, name_in_due(id, record, life)
  if call('ZSCORE', due, name) then return 'scheduled', { due, name } end
  local lane = kitchen .. (is_suspect(life) and ':suspects:' or ':lane:') .. queue
  local turns = string.sub(name, 2)
  if call('ZSCORE', lane, turns) then return 'ready', { lane, turns } end
  local place = place_in_line(queue, id)
  if place then return 'ready', { place } end
  return 'running'
end

local function leave(queue, place)
  if place[2] then
    call('ZREM', place[1], place[2])
  else
    leaving[queue] = leaving[queue] or {}
    table.insert(leaving[queue], place[1])
  end
end

-- A pass through a million jobs takes some milliseconds, however many leave; it begins at the end from which it is shorter.
local function close_lines()
  for queue, places in pairs(leaving) do
    local line = kitchen .. ':line:' .. queue
    local first, last = math.huge, 0
    for _, place in ipairs(places) do
      call('LSET', line, place, 'left')
      first, last = math.min(first, place), math.max(last, place)
    end
    local is_near_head = last < call('LLEN', line) - first
    call('LREM', line, is_near_head and #places or -#places, 'left')
  end
end
