-- run-later: a retry (a failure to add, an error to note) or a snooze (neither).
-- :due_ms, :failures (to add) integer, :node text, :started_ms, :exit_code integer, :error text, :id, :epoch integer
UPDATE job
SET state = 0, due_ms = :due_ms, place = iif(rank = -1001, place, :due_ms), failures = failures + :failures,
    node = :node, started_ms = :started_ms, exit_code = :exit_code, error = coalesce(:error, error)
WHERE id = :id AND epoch = :epoch AND state = 2
