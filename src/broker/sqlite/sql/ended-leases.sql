-- ended-leases: leases of a queue that were not renewed in time.
-- :queue_id, :now_ms integer
SELECT epoch, queue_id, node, taken_ms, until_ms, open FROM lease WHERE queue_id = ? AND until_ms <= ? ORDER BY epoch
