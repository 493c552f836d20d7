-- clean-jobs: deletes a part of a queue's jobs that have not ended; the caller repeats it until none is left.
-- $1 queue_id int, $2 after bigint, $3 count_max int
-- Returns how many, and the last id.
WITH asked AS MATERIALIZED (
  SELECT id FROM hob.job WHERE id > $2::bigint AND queue_id = $1::int ORDER BY id LIMIT $3::int FOR UPDATE
), gone AS (
  DELETE FROM hob.job WHERE id = ANY (ARRAY(SELECT id FROM asked)) RETURNING id, rank, due_ms, key, traces
), unlined AS (
  DELETE FROM hob.line WHERE ctid = ANY (ARRAY(
    SELECT waiting.at FROM gone CROSS JOIN LATERAL (
      SELECT ctid AS at FROM hob.line
      WHERE queue_id = $1::int AND lane IN (rank, 5000 + rank, 2000) AND place IN (due_ms, -gone.id) AND line.id = gone.id
      LIMIT 1
    ) AS waiting
  ))
  RETURNING lane
), freed AS (
  DELETE FROM hob.job_key
  WHERE queue_id = $1::int AND key = ANY (ARRAY(SELECT key FROM gone WHERE key IS NOT NULL))
    AND job_id = ANY (ARRAY(SELECT id FROM gone WHERE key IS NOT NULL))
), untraced AS (
  DELETE FROM hob.attempt WHERE job_id = ANY (ARRAY(SELECT id FROM gone WHERE traces > 0))
), told AS (
  INSERT INTO hob.tally (queue_id, id, second, scheduled, ready, running)
  SELECT $1::int, nextval('hob.tally_id'), hob.now_ms() / 1000, -scheduled, -ready, scheduled + ready - all_jobs
  FROM (SELECT count(*) FILTER (WHERE lane = 2000) AS scheduled, count(*) FILTER (WHERE lane <> 2000) AS ready FROM unlined) AS waiting,
    (SELECT count(*) AS all_jobs FROM gone) AS counted WHERE all_jobs > 0
)
SELECT count(*)::int AS count, max(id) AS last FROM gone
