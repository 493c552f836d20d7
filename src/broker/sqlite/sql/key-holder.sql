-- key-holder: the job that holds a key now. The condition is that of the index job_key.
-- :queue_id integer, :key text
SELECT id FROM job
WHERE queue_id = ? AND key = ? AND (key_scope = 2 OR (key_scope = 1 AND state < 3))
