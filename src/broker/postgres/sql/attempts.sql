-- attempts: a job's kept attempts, oldest first.
-- $1 id bigint
SELECT node, started_ms, ended_ms, ended, exit_code, signal, error, output
FROM hob.attempt WHERE job_id = $1::bigint ORDER BY epoch
