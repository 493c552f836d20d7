-- ended-leases: leases of a queue that were not renewed in time.
-- :queue_id, :now_ms, :count_max integer
SELECT epoch, node, taken_ms FROM lease WHERE queue_id = ? AND until_ms <= ? ORDER BY epoch LIMIT ?
