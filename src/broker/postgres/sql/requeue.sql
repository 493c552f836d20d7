-- requeue: jobs that were held go back to a line, or wait; leases up to the fence hold them no longer.
-- $1 jobs json [{id, fence, due_ms, failures, crashes, traces, queue_id, lane, place}]
WITH asked AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS asked (id bigint, fence bigint, due_ms bigint, failures int,
    crashes smallint, traces int, queue_id int, lane smallint, place bigint)
), lined AS (
  INSERT INTO hob.line (queue_id, lane, place, id) SELECT queue_id, lane, place, id FROM asked
)
UPDATE hob.job
SET fence = asked.fence, due_ms = asked.due_ms, failures = asked.failures, crashes = asked.crashes, traces = asked.traces
FROM asked WHERE job.id = asked.id
