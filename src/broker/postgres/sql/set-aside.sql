-- set-aside: jobs that crashed too often, among the newest that ended badly of each queue, newest first.
-- $1 queues text[], $2 look_max int, $3 crashes_max int, $4 told_max int
-- The limit is within: an index finds the newest, and what is older is never read.
SELECT ended.id
FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place)
JOIN hob.queue ON queue.name = wanted.name
CROSS JOIN LATERAL (
  SELECT id, settled_ms, state, crashes FROM hob.history
  WHERE history.queue_id = queue.id AND state > 3 ORDER BY settled_ms DESC, id DESC LIMIT $2
) AS ended
WHERE ended.state = 4 AND ended.crashes >= $3
ORDER BY wanted.place, ended.settled_ms DESC, ended.id DESC LIMIT $4
