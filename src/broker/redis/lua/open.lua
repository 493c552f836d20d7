-- open: finds the kitchen, and makes it when it is not there. One of an older schema is brought up to date.
-- ARGV: an id for a new kitchen, or '' when none is to be made; the schema's version
-- Answers 'missing', 'foreign', or id and schema of the kitchen that stands there now.
-- Nobody listens. Whoever may not publish hears it now, and not in the middle of a send.
if type(redis.pcall('PUBLISH', 'hob:', 'open')) == 'table' then
  return redis.error_reply('NOPERM no right to publish on the channels hob:*')
end
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'none' and kind ~= 'hash' then return 'foreign' end
if kind == 'none' then
  if ARGV[1] == '' then return 'missing' end
  redis.call('HSET', KEYS[1], 'id', ARGV[1], 'schema', ARGV[2], 'next_id', 1, 'last_epoch', 0, 'last_version', 0)
  redis.call('ZADD', KEYS[1] .. ':buckets', 0, 0)
end
local facts = redis.call('HMGET', KEYS[1], 'id', 'schema')
if not facts[1] or not facts[2] then return 'foreign' end
-- Nothing is laid out otherwise since schema 1; but processes that know no other take from a queue that is paused.
if tonumber(facts[2]) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'schema', ARGV[2])
  facts[2] = ARGV[2]
end
return facts
