-- oldest-ready: of queues, for each rank that has ready jobs, since when one of them has been due for the longest. Goes from rank
-- to rank by the index of the line, whatever stands between. What is expedited stands before what came earlier, so the
-- last of these is the oldest.
-- :names JSON array
WITH RECURSIVE front (queue_id, name, rank) AS (
  SELECT queue.id, queue.name, (SELECT min(rank) FROM job WHERE job.queue_id = queue.id AND state = 1)
  FROM json_each(:names) AS asked CROSS JOIN queue ON queue.name = asked.value
  UNION ALL
  SELECT queue_id, name, (
    SELECT min(job.rank) FROM job WHERE job.queue_id = front.queue_id AND state = 1 AND job.rank > front.rank
  )
  FROM front WHERE rank IS NOT NULL
)
SELECT name, CASE WHEN rank = -1001 THEN (
    SELECT due_ms FROM job WHERE job.queue_id = front.queue_id AND state = 1 AND job.rank = -1001 ORDER BY place DESC LIMIT 1
  ) ELSE (
    SELECT min(place) FROM job WHERE job.queue_id = front.queue_id AND state = 1 AND job.rank = front.rank
  ) END AS due_ms
FROM front WHERE rank IS NOT NULL
