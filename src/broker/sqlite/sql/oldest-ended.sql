-- oldest-ended: when the oldest jobs of one ended state ended; decides which state to drop from first.
-- :queue_id, :state, :count integer
SELECT settled_ms FROM job WHERE queue_id = ? AND state = ? ORDER BY settled_ms, id LIMIT ?
