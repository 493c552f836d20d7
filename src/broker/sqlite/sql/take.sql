-- take: marks the first jobs in line as running under one epoch. A suspect (too many crashes for :crashes_below) is passed over.
-- :epoch, :queue_id, :crashes_below, :count_max integer
-- "+ 0": SQLite looks at a bare parameter's value when it plans, and so prepares the statement anew for each take, 30 µs of its 60.
-- Returns the jobs in no order; the caller sorts by rank, place, id.
UPDATE job SET state = 2, epoch = ?
WHERE id IN (
  SELECT id FROM job WHERE queue_id = ? AND state = 1 AND crashes < ? + 0 ORDER BY rank, place, id LIMIT ? + 0
)
RETURNING id, rank, place, payload, failures, crashes, attempts_max, sent_ms
