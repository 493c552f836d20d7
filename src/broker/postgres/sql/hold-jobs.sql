-- hold-jobs: the jobs that steps end, as they are now, and nobody else changes them until the transaction ends.
-- $1 ids bigint[]
-- Returns json: [{id, queue_id, fence, due_ms, rank, failures, crashes, traces, key, key_scope}]
SELECT coalesce(json_agg(held), '[]')::text AS answer FROM (
  SELECT id, queue_id, fence, due_ms, rank, failures, crashes, traces, key, key_scope
  FROM hob.job WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE
) AS held
