-- forget-held: as the statement forget, of many jobs at once.
-- :ids JSON array of integers, :epoch integer
DELETE FROM job WHERE id IN (SELECT value FROM json_each(?)) AND epoch = ? AND state = 2
