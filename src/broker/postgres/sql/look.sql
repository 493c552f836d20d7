-- look: when queues may next have something to take.
-- $1 names json array of texts
-- Returns a row for each queue that is known: name, id, is_paused, in_ms (0 or less: now; null: nothing
-- waits, or the queue is paused).
WITH clock AS MATERIALIZED (
  SELECT hob.now_ms() AS ms
)
SELECT queue.name, queue.id, is_paused, CASE
    WHEN is_paused THEN NULL
    WHEN EXISTS (
      SELECT FROM hob.lane CROSS JOIN LATERAL (
        SELECT FROM hob.line WHERE line.queue_id = queue.id AND line.lane = lane.lane AND place >= start LIMIT 1
      ) AS ready
      WHERE lane.queue_id = queue.id AND lane.lane <= 1000
    ) OR EXISTS (SELECT FROM hob.line WHERE line.queue_id = queue.id AND line.lane >= 3999) THEN 0
    ELSE (
      SELECT min(at_ms) FROM (
        SELECT (SELECT place FROM hob.line WHERE line.queue_id = queue.id AND line.lane = 2000 AND place >= start
          ORDER BY place LIMIT 1) AS at_ms
        FROM hob.lane WHERE lane.queue_id = queue.id AND lane.lane = 2000
        UNION ALL
        SELECT (SELECT until_ms FROM hob.lease WHERE lease.queue_id = queue.id AND until_ms >= start
          ORDER BY until_ms LIMIT 1)
        FROM hob.lane WHERE lane.queue_id = queue.id AND lane.lane = 2001
      ) AS next
    ) - clock.ms
  END AS in_ms
FROM clock, hob.queue CROSS JOIN LATERAL (
  SELECT EXISTS (SELECT FROM hob.lane WHERE lane.queue_id = queue.id AND lane = -2000) AS is_paused OFFSET 0
) AS gate
WHERE queue.name = ANY (ARRAY(SELECT json_array_elements_text($1::json)))
