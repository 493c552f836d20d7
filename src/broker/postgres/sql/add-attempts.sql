-- add-attempts: keeps attempts that did not end well; of each of these jobs the newest.
-- $1 attempts json [{job_id, epoch, started_ms, ended_ms, exit_code, node, ended, signal, error, output}], $2 kept int,
-- $3 ids bigint[] of jobs that may have more than these
WITH trimmed AS (
  -- The new ones are not seen here, so one less is left for each of them; a step adds one to a job at most.
  DELETE FROM hob.attempt WHERE ctid = ANY (ARRAY(
    SELECT old.at FROM unnest($3::bigint[]) AS asked (id) CROSS JOIN LATERAL (
      SELECT ctid AS at FROM hob.attempt WHERE job_id = asked.id ORDER BY epoch DESC OFFSET $2::int - 1
    ) AS old
  ))
)
INSERT INTO hob.attempt (job_id, epoch, started_ms, ended_ms, exit_code, node, ended, signal, error, output)
SELECT * FROM json_to_recordset($1::json) AS asked (job_id bigint, epoch bigint, started_ms bigint, ended_ms bigint,
  exit_code bigint, node text, ended text, signal text, error text, output text)
