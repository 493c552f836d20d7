-- attempts: a job's kept attempts, oldest first.
-- :job_id integer
SELECT epoch, node, started_ms, ended_ms, ended, exit_code, signal, error, output
FROM attempt WHERE job_id = ? ORDER BY epoch
