-- forget-jobs: jobs that nobody will ask for, and their attempts.
-- $1 ids bigint[]
WITH untraced AS (
  DELETE FROM hob.attempt WHERE job_id = ANY ($1::bigint[])
)
DELETE FROM hob.job WHERE id = ANY ($1::bigint[])
