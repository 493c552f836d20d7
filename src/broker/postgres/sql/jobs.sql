-- jobs: a page of jobs by id, of those that have not ended and of history.
-- $1 after bigint, $7 until bigint or null: only ids after the one and up to the other, $2 queue_id int or null for all, $3 states int[], $4 count_max int, $5 whether states holds some that
-- have not ended, $6 whether some that have
WITH found AS MATERIALIZED (
  (SELECT * FROM (
    -- Waiting or running: which of them, the line tells. What is known of the last attempt is the last one kept.
    SELECT job.id, queue_id, CASE
        WHEN EXISTS (SELECT FROM hob.line WHERE line.queue_id = job.queue_id AND lane IN (rank, 5000 + rank)
          AND place = CASE WHEN rank = -1001 THEN -job.id ELSE due_ms END AND line.id = job.id) THEN 1
        WHEN EXISTS (SELECT FROM hob.line WHERE line.queue_id = job.queue_id AND lane = 2000
          AND place IN (due_ms, -job.id) AND line.id = job.id) THEN 0
        ELSE 2
      END AS state, payload, priority, rank, key, failures, crashes, attempts_max, sent_ms, due_ms, fence,
      traces, NULL::text AS node, NULL::bigint AS started_ms, NULL::bigint AS settled_ms, NULL::bigint AS exit_code, NULL::text AS error,
      NULL::text AS result
    FROM hob.job 
    WHERE $5::boolean AND job.id > $1::bigint AND job.id <= coalesce($7::bigint, 9223372036854775807) AND ($2::int IS NULL OR queue_id = $2::int) ORDER BY job.id
  ) AS live WHERE state = ANY ($3::int[]) LIMIT $4::int)
  UNION ALL
  (
    SELECT id, queue_id, state::int, payload, priority, rank, key, failures, crashes, attempts_max, sent_ms, due_ms,
      epoch AS fence, traces, node, started_ms, settled_ms, exit_code, error, result
    FROM hob.history 
    WHERE $6::boolean AND id > $1::bigint AND id <= coalesce($7::bigint, 9223372036854775807) AND ($2::int IS NULL OR queue_id = $2::int) AND state = ANY ($3::int[])
    ORDER BY id LIMIT $4::int
  )
  ORDER BY id LIMIT $4::int
)
SELECT found.id, queue.name AS queue, state, payload, priority, rank, key, failures, crashes, attempts_max, sent_ms, due_ms,
  coalesce(last.node, found.node) AS node, coalesce(last.started_ms, found.started_ms) AS started_ms,
  coalesce(last.ended_ms, settled_ms) AS settled_ms, coalesce(last.exit_code, found.exit_code) AS exit_code,
  found.error, result, held.epoch, held.node AS lease_node, held.taken_ms, held.until_ms - hob.now_ms() AS left_ms, traces
FROM found JOIN hob.queue ON queue.id = queue_id
LEFT JOIN LATERAL (
  SELECT * FROM hob.attempt WHERE state < 2 AND traces > 0 AND job_id = found.id ORDER BY epoch DESC LIMIT 1
) AS last ON true
LEFT JOIN LATERAL (
  SELECT epoch, node, taken_ms, until_ms FROM hob.lease
  WHERE state = 2 AND lease.queue_id = found.queue_id AND epoch > fence AND found.id = ANY (jobs) LIMIT 1
) AS held ON true
ORDER BY found.id
