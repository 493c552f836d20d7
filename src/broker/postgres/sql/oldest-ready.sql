-- oldest-ready: of queues, since when the ready job that has been due for the longest has been so.
-- $1 names json array of texts
-- Returns a row for each queue that has one: name, due_ms. What is expedited stands before what came earlier, so the last of
-- these is the oldest. A lane of suspects has no front.
SELECT queue.name, min(oldest.due_ms) AS due_ms
FROM hob.queue CROSS JOIN LATERAL (
  SELECT (
    SELECT place FROM hob.line WHERE line.queue_id = queue.id AND line.lane = lane.lane AND place >= start ORDER BY place LIMIT 1
  ) AS due_ms
  FROM hob.lane WHERE lane.queue_id = queue.id AND lane.lane BETWEEN -1000 AND 1000
  UNION ALL
  SELECT (
    SELECT place FROM hob.line WHERE line.queue_id = queue.id AND line.lane = 5000 + lane.lane ORDER BY place LIMIT 1
  )
  FROM hob.lane WHERE lane.queue_id = queue.id AND lane.lane BETWEEN -1000 AND 1000
  UNION ALL
  SELECT (
    SELECT job.due_ms FROM (
      SELECT id FROM hob.line WHERE line.queue_id = queue.id AND line.lane = expedited.lane ORDER BY place DESC LIMIT 1
    ) AS last CROSS JOIN LATERAL (SELECT due_ms FROM hob.job WHERE job.id = last.id LIMIT 1) AS job
  )
  FROM (VALUES (-1001), (3999)) AS expedited (lane)
) AS oldest
WHERE queue.name = ANY (ARRAY(SELECT json_array_elements_text($1::json))) AND oldest.due_ms IS NOT NULL
GROUP BY queue.name
