-- take: marks the first jobs in line as running under one epoch. A suspect (too many crashes for :crashes_below) is passed over.
-- :epoch, :queue_id, :crashes_below, :count_max integer
-- Returns the jobs in no order; the caller sorts by rank, place, id.
UPDATE job SET state = 2, epoch = ?
WHERE id IN (
  SELECT id FROM job WHERE queue_id = ? AND state = 1 AND crashes < ? ORDER BY rank, place, id LIMIT ?
)
RETURNING id, rank, place, payload, failures, crashes, attempts_max, sent_ms
