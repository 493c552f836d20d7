-- part-kitchen: what every script begins with.
-- KEYS[1]: the kitchen's own hash. Every other key begins with it, so all share its hash tag and its slot of a Cluster.
-- ARGV[1]: the kitchen's id, as the caller found it when it opened it.
local call, kitchen = redis.call, KEYS[1]

-- An error instead of an answer: the server came back empty, was flushed, or holds another kitchen of that name by now.
local function gone()
  return redis.error_reply('HOBGONE the kitchen that was opened is not here any more')
end
