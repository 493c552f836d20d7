-- add-jobs: jobs that differ in nothing but their payloads. None is expedited or has a key, so none can be there already.
-- :next_id, :queue_id, :state (0 or 1), :priority, :due_ms, :now_ms, :attempts_max integer, :payloads JSON array of texts
INSERT INTO job (id, queue_id, state, rank, place, due_ms, sent_ms, priority, attempts_max, payload)
SELECT :next_id + key, :queue_id, :state, -:priority, :due_ms, :due_ms, :now_ms, :priority, :attempts_max, value
FROM json_each(:payloads)
