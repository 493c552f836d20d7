-- errors: the ids of a queue's jobs in error, oldest first.
-- $1 queue_id int
SELECT coalesce(json_agg(id ORDER BY id), '[]')::text AS answer FROM hob.history WHERE queue_id = $1::int AND state > 3 AND state = 4
