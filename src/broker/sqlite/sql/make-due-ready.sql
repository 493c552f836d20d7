-- make-due-ready: scheduled jobs whose time has come take their place in the line.
-- :queue_id, :now_ms, :count_max integer
UPDATE job SET state = 1
WHERE id IN (
  SELECT id FROM job WHERE queue_id = ? AND state = 0 AND due_ms <= ? ORDER BY due_ms, id LIMIT ? + 0
)
