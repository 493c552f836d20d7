-- holds: whether a job still runs under an epoch.
-- :id, :epoch integer
SELECT 1 FROM job WHERE id = ? AND epoch = ? AND state = 2
