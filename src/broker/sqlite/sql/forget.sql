-- forget: the end of an attempt that went well, of a job that nobody will ask for.
-- Changes no row when the epoch is no longer the job's.
-- :id, :epoch integer
DELETE FROM job WHERE id = ? AND epoch = ? AND state = 2
