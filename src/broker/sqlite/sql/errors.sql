-- errors: the ids of a queue's jobs in error.
-- :queue_id integer
SELECT id FROM job WHERE queue_id = ? AND state >= 3 AND state = 4
