-- leave-lines: jobs that wait leave the lines where they do. The transaction holds the jobs (hold-jobs).
-- $1 ids bigint[], $2 whether those that are ready leave, too, and not only scheduled ones
-- What another transaction holds at this moment is awaited: once it was taken, it is not among the answers.
-- Returns json: [{id, queue, lane, node, started_ms, exit_code}], the last three of its last attempt, if it has one
WITH gone AS (
  DELETE FROM hob.line WHERE ctid = ANY (ARRAY(
    SELECT waiting.at FROM unnest($1::bigint[]) AS asked (id)
    CROSS JOIN LATERAL (SELECT id, queue_id, rank, due_ms FROM hob.job WHERE job.id = asked.id LIMIT 1) AS job
    CROSS JOIN LATERAL (
      SELECT ctid AS at FROM hob.line
      WHERE line.queue_id = job.queue_id AND lane IN (rank, 5000 + rank, 2000) AND place IN (due_ms, -job.id)
        AND line.id = job.id AND ($2::boolean OR lane = 2000)
      LIMIT 1
    ) AS waiting
  ))
  RETURNING id, queue_id, lane
), told AS (
  SELECT gone.id, (SELECT name FROM hob.queue WHERE queue.id = gone.queue_id) AS queue, lane, node, started_ms, exit_code
  FROM gone LEFT JOIN LATERAL (
    SELECT node, started_ms, exit_code FROM hob.attempt WHERE job_id = gone.id ORDER BY epoch DESC LIMIT 1
  ) AS last ON true
)
SELECT coalesce(json_agg(told), '[]')::text AS answer FROM told
