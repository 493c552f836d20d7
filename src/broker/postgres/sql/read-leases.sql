-- read-leases: leases, and which of the named jobs they were given for.
-- $1 epochs bigint[], $2 ids bigint[]
-- Returns json: [{epoch, queue_id, node, taken_ms, until_ms, jobs}]
SELECT coalesce(json_agg(found), '[]')::text AS answer FROM (
  SELECT epoch, queue_id, node, taken_ms, until_ms,
    ARRAY(SELECT unnest(jobs) INTERSECT SELECT unnest($2::bigint[])) AS jobs
  FROM hob.lease WHERE epoch = ANY ($1::bigint[])
) AS found
