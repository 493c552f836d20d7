-- trim-attempts: keeps a job's newest attempts.
-- :job_id, :kept integer
DELETE FROM attempt
WHERE job_id = :job_id
  AND epoch <= (SELECT epoch FROM attempt WHERE job_id = :job_id ORDER BY epoch DESC LIMIT 1 OFFSET :kept)
