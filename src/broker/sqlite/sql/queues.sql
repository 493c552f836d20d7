-- queues: every queue with its counters, whether it is paused, and what ended in the last minute.
-- :second integer, the first that still counts
SELECT name, scheduled, ready, running, done, error, cancelled, paused,
  (SELECT sum(ended) FROM rate WHERE queue_id = queue.id AND second >= :second) AS ended,
  (SELECT min(second) FROM rate WHERE queue_id = queue.id AND second >= :second) AS first_second
FROM queue ORDER BY name
