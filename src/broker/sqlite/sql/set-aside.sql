-- set-aside: of a queue's newest errors, those that crashed too often, newest first.
-- :look_max, :crashes_max, :queue_id, :told_max integer
SELECT id FROM (
  SELECT id, crashes FROM job WHERE queue_id = :queue_id AND state >= 3 AND state = 4 ORDER BY settled_ms DESC, id DESC LIMIT :look_max + 0
) WHERE crashes >= :crashes_max LIMIT :told_max + 0
