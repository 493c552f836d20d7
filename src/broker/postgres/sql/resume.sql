-- resume: a queue's jobs are given again. Who waits for it is told.
-- $1 queue_id int, $2 queue name text
WITH resumed AS (
  DELETE FROM hob.lane WHERE queue_id = $1::int AND lane = -2000
)
SELECT hob.ring($1::int, '?' || $2::text) AS has_rung
