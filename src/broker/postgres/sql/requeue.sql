-- requeue: jobs that were held go back to a line, or wait; leases up to the fence hold them no longer.
-- $1 jobs jsonb {id: {fence, due_ms, failures, crashes, traces, queue_id, lane, place}}
-- An object by id and no list, so that the row of each job is found in it, and no plan can go through all jobs instead.
WITH lined AS (
  INSERT INTO hob.line (queue_id, lane, place, id)
  SELECT queue_id, lane, place, key::bigint
  FROM jsonb_each($1::jsonb) CROSS JOIN LATERAL jsonb_to_record(value) AS asked (queue_id int, lane smallint, place bigint)
)
UPDATE hob.job SET (fence, due_ms, failures, crashes, traces) = (
  SELECT * FROM jsonb_to_record($1::jsonb -> job.id::text)
    AS asked (fence bigint, due_ms bigint, failures int, crashes smallint, traces int)
)
WHERE id = ANY (ARRAY(SELECT jsonb_object_keys($1::jsonb)::bigint))
