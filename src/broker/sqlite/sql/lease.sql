-- lease: one lease, whether or not it has ended.
-- :epoch integer
SELECT epoch, queue_id, node, taken_ms, until_ms, open FROM lease WHERE epoch = ?
