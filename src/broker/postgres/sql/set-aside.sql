-- set-aside: of a queue's newest bad ends, those that crashed too often, newest first.
-- $1 queue_id int, $2 look_max int, $3 crashes_max int, $4 told_max int
SELECT id FROM (
  SELECT id, state, crashes, settled_ms FROM hob.history
  WHERE queue_id = $1::int AND state > 3 ORDER BY settled_ms DESC, id DESC LIMIT $2::int
) AS newest
WHERE state = 4 AND crashes >= $3::int ORDER BY settled_ms DESC, id DESC LIMIT $4::int
