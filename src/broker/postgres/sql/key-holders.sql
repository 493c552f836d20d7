-- key-holders: who holds keys of jobs.
-- $1 keys json [{queue, key}]
-- Returns json: [{queue, key, id}]
SELECT coalesce(json_agg(json_build_object('queue', asked.queue, 'key', asked.key, 'id', job_id)), '[]')::text AS answer
FROM json_to_recordset($1::json) AS asked (queue text, key text)
JOIN hob.queue ON queue.name = asked.queue
CROSS JOIN LATERAL (SELECT job_id FROM hob.job_key WHERE job_key.queue_id = queue.id AND job_key.key = asked.key LIMIT 1) AS held
