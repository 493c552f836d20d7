-- run-later: a retry (a failure to add) or a snooze (none). Without a wait the job is ready at once.
-- :state (0 or 1), :due_ms, :failures (to add) integer, :node text, :started_ms, :settled_ms, :exit_code integer, :id, :epoch integer
UPDATE job
SET state = :state, due_ms = :due_ms, place = iif(rank = -1001, place, :due_ms), failures = failures + :failures,
    node = :node, started_ms = :started_ms, settled_ms = :settled_ms, exit_code = :exit_code, error = NULL
WHERE id = :id AND epoch = :epoch AND state = 2
