-- pause: nobody is given a queue's jobs any more. Who waits for it looks, and learns so.
-- $1 queue_id int, $2 queue name text
WITH paused AS (
  INSERT INTO hob.lane (queue_id, lane) VALUES ($1::int, -2000) ON CONFLICT DO NOTHING
)
SELECT hob.ring($1::int, '?' || $2::text) AS has_rung
