-- front: the first jobs in line, in the order in which they are taken. One with too many crashes for :crashes_below is passed over.
-- :queue_id, :crashes_below, :count_max integer
SELECT id, rank, place, payload, failures, crashes, attempts_max, sent_ms
FROM job WHERE queue_id = ? AND state = 1 AND crashes < ? ORDER BY rank, place, id LIMIT ? + 0
