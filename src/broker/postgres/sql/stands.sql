-- stands: where jobs stand at this moment.
-- $1 ids bigint[]
-- Returns json: [{id, has_ended, lane}] of those that are there; one that has not ended and is in no lane runs.
SELECT coalesce(json_agg(stand), '[]')::text AS answer FROM (
  SELECT asked.id, has_ended, lane FROM unnest($1::bigint[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT false AS has_ended, (
      SELECT lane FROM hob.line
      WHERE line.queue_id = job.queue_id AND lane IN (rank, 5000 + rank, 2000) AND place IN (due_ms, -job.id)
        AND line.id = job.id
      LIMIT 1
    ) AS lane FROM hob.job WHERE job.id = asked.id
    UNION ALL
    SELECT true, NULL FROM hob.history WHERE history.id = asked.id
    LIMIT 1
  ) AS found
) AS stand
