-- jobs: a page of jobs by id. A running job tells its lease's node and start.
-- :after, :until integer: only ids after the one and up to the other, :queue_id integer or null for all, :states JSON array, :count_max integer
SELECT job.id, queue.name AS queue, state, payload, job.priority, rank, key, failures, crashes, attempts_max, sent_ms, due_ms,
  job.epoch, job.node, started_ms, settled_ms, exit_code, job.error, result,
  lease.node AS lease_node, taken_ms, until_ms
FROM job JOIN queue ON queue.id = job.queue_id
LEFT JOIN lease ON job.state = 2 AND lease.epoch = job.epoch
WHERE job.id > :after AND job.id <= :until AND (:queue_id IS NULL OR job.queue_id = :queue_id) AND state IN (SELECT value FROM json_each(:states))
ORDER BY job.id LIMIT :count_max + 0
