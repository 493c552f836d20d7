-- done: the end of an attempt that went well. Changes no row when the epoch is no longer the job's.
-- :node text, :started_ms, :settled_ms, :exit_code integer, :result text, :id, :epoch integer
UPDATE job
SET state = 3, node = ?, started_ms = ?, settled_ms = ?, exit_code = ?, result = ?, error = NULL
WHERE id = ? AND epoch = ? AND state = 2
