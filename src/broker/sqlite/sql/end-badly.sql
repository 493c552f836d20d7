-- end-badly: the end of a job that failed for good (4) or was cancelled (5).
-- :state, :failures (to add), :node text, :started_ms, :settled_ms, :exit_code integer, :error text, :id, :epoch integer
UPDATE job
SET state = ?, failures = failures + ?, node = ?, started_ms = ?, settled_ms = ?, exit_code = ?, error = ?
WHERE id = ? AND epoch = ? AND state = 2
