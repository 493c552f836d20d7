-- drop-ended: the oldest jobs of one ended state, beyond what retention keeps.
-- :queue_id, :state, :count integer
DELETE FROM job
WHERE id IN (SELECT id FROM job WHERE queue_id = ? AND state = ? ORDER BY settled_ms, id LIMIT ?)
RETURNING id
