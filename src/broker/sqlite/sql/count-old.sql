-- count-old: how many jobs of one ended state ended by :ended_ms, counted up to a bound.
-- "state >= 3" is the condition of the index job_ended: SQLite looks for it to the letter.
-- :queue_id, :state, :ended_ms, :count_max integer
SELECT count(*) FROM (
  SELECT 1 FROM job WHERE queue_id = ? AND state >= 3 AND state = ? AND settled_ms <= ? LIMIT ? + 0
)
