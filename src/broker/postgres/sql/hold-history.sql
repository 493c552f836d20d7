-- hold-history: jobs that have ended, as they are now; nobody else drops them or brings them back until the transaction ends.
-- $1 ids bigint[], $2 whether the lanes of their queues are held before, for jobs that are to go back
-- Returns json: [{id, queue_id, queue, state, key}]
WITH lanes AS MATERIALIZED (
  SELECT FROM hob.lane
  WHERE $2::boolean AND queue_id = ANY (ARRAY(SELECT queue_id FROM hob.history WHERE id = ANY ($1::bigint[])))
  ORDER BY queue_id, lane FOR UPDATE
), held AS MATERIALIZED (
  SELECT id, queue_id, (SELECT name FROM hob.queue WHERE queue.id = queue_id) AS queue, state, key FROM hob.history
  WHERE id = ANY ($1::bigint[]) AND (SELECT count(*) FROM lanes) >= 0 ORDER BY id FOR UPDATE
)
SELECT coalesce(json_agg(held), '[]')::text AS answer FROM held
