-- last-attempt: what a job tells of its last attempt, when it is back in the line.
-- :node text, :started_ms, :settled_ms, :exit_code, :id integer
UPDATE job SET node = ?, started_ms = ?, settled_ms = ?, exit_code = ? WHERE id = ?
