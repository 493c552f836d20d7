-- free-keys: keys that their jobs hold no longer.
-- $1 keys json [{queue_id, key, id}]
DELETE FROM hob.job_key USING json_to_recordset($1::json) AS asked (queue_id int, key text, id bigint)
WHERE job_key.queue_id = asked.queue_id AND job_key.key = asked.key AND job_key.job_id = asked.id
