-- drop-attempts: attempts go with their jobs.
-- :ids JSON array of job ids
DELETE FROM attempt WHERE job_id IN (SELECT value FROM json_each(?))
