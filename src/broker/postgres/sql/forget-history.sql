-- forget-history: jobs that have ended and that nobody will ask for, and their attempts. The transaction holds them.
-- $1 ids bigint[]
WITH untraced AS (
  DELETE FROM hob.attempt WHERE job_id = ANY ($1::bigint[])
)
DELETE FROM hob.history WHERE id = ANY ($1::bigint[])
