-- return-jobs: the jobs of an ended lease go back to their old place with a crash counted, or are set aside (law 7).
-- :crashes_max integer, :crashes_max, :now_ms, :crashes_max, :text error, :node, :started_ms: what to note then,
-- :epoch integer
UPDATE job
SET crashes = crashes + 1,
    state = iif(crashes + 1 >= :crashes_max, 4, 1),
    settled_ms = iif(crashes + 1 >= :crashes_max, :now_ms, NULL),
    error = iif(crashes + 1 >= :crashes_max, :error, error),
    exit_code = NULL, node = :node, started_ms = :started_ms
WHERE id IN (SELECT value FROM lease, json_each(lease.jobs) WHERE lease.epoch = :epoch)
  AND state = 2 AND epoch = :epoch
RETURNING id, state, crashes
