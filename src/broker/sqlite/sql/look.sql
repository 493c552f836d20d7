-- look: what a take or a sweep must know of a queue first: whether it is paused, and whether time has brought something that
-- is not yet done: a job fell due, or a lease ended.
-- :queue_id, :now_ms integer
SELECT paused,
  EXISTS (SELECT 1 FROM job WHERE queue_id = :queue_id AND state = 0 AND due_ms <= :now_ms)
  OR EXISTS (SELECT 1 FROM lease WHERE queue_id = :queue_id AND until_ms <= :now_ms) AS has_due
FROM queue WHERE id = :queue_id
