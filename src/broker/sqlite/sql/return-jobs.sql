-- return-jobs: jobs of an ended lease go back to their old place with a crash counted, or are set aside (law 7).
-- :epoch, :count_max, :crashes_max integer; :error text to set them aside with; :node text, :started_ms, :settled_ms integer
UPDATE job
SET crashes = crashes + 1,
    state = iif(crashes + 1 >= :crashes_max, 4, 1),
    error = iif(crashes + 1 >= :crashes_max, :error, error),
    exit_code = NULL, node = :node, started_ms = :started_ms, settled_ms = :settled_ms
WHERE id IN (
  SELECT held.id FROM lease, json_each(lease.jobs) JOIN job AS held ON held.id = json_each.value
  WHERE lease.epoch = :epoch AND held.state = 2 AND held.epoch = :epoch
  LIMIT :count_max + 0
)
RETURNING id, state, crashes
