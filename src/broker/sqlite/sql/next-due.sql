-- next-due: when a queue may next have something to take; 0 when it has now, null when nothing waits or it is paused.
-- :queue_id integer
SELECT CASE
  WHEN (SELECT paused FROM queue WHERE id = :queue_id) THEN NULL
  WHEN EXISTS (SELECT 1 FROM job WHERE queue_id = :queue_id AND state = 1) THEN 0
  ELSE (
    SELECT min(at_ms) FROM (
      SELECT min(due_ms) AS at_ms FROM job WHERE queue_id = :queue_id AND state = 0
      UNION ALL
      SELECT min(until_ms) FROM lease WHERE queue_id = :queue_id
    )
  )
END
