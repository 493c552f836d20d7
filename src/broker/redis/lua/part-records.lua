-- part-records: small named documents. `records` (hash) holds version, end and value of each by its key, `record-keys`
-- (sorted set) the keys by their bytes, `record-ends` (sorted set) when those go that have a time to live.

-- Version and value of a record that stands now; 0 when there is none.
local function read_record(key, now)
  local text = call('HGET', kitchen .. ':records', key)
  if not text then return 0 end
  local version, gone_ms, value = string.match(text, '^(%d+)\t(%d*)\t(.*)$')
  if gone_ms ~= '' and tonumber(gone_ms) <= now then return 0 end
  return tonumber(version), value
end

local function drop_record(key)
  call('HDEL', kitchen .. ':records', key)
  call('ZREM', kitchen .. ':record-keys', key)
  call('ZREM', kitchen .. ':record-ends', key)
end
