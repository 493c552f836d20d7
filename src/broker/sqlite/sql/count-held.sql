-- count-held: how many of these jobs run under one epoch.
-- :ids JSON array of integers, :epoch integer
SELECT count(*) FROM job WHERE id IN (SELECT value FROM json_each(?)) AND epoch = ? AND state = 2
