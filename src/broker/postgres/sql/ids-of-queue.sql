-- ids-of-queue: the first jobs of one queue in some states, by id, from the places where jobs of each state stand. Sorts a page
-- out of as many jobs as the queue has in these states.
-- $1 queue_id int, $2 after bigint, $3 states int[], $4 count_max int
-- Returns json: [id]. Without the fronts of lanes: what a clock that was turned back has put before one is listed, too.
SELECT coalesce(json_agg(id), '[]')::text AS answer FROM (
  SELECT id FROM (
    SELECT id FROM hob.line WHERE 1 = ANY ($3::int[]) AND queue_id = $1::int AND lane <= 1000
    UNION ALL
    SELECT id FROM hob.line WHERE 1 = ANY ($3::int[]) AND queue_id = $1::int AND lane >= 3999
    UNION ALL
    SELECT id FROM hob.line WHERE 0 = ANY ($3::int[]) AND queue_id = $1::int AND lane = 2000
    UNION ALL
    SELECT held.id FROM hob.lease CROSS JOIN LATERAL unnest(jobs) AS held (id)
    CROSS JOIN LATERAL (SELECT FROM hob.job WHERE job.id = held.id AND fence < lease.epoch LIMIT 1) AS job
    WHERE 2 = ANY ($3::int[]) AND lease.queue_id = $1::int
    UNION ALL
    SELECT id FROM hob.history WHERE 3 = ANY ($3::int[]) AND queue_id = $1::int AND state = 3
    UNION ALL
    SELECT id FROM hob.history WHERE queue_id = $1::int AND state > 3 AND state = ANY ($3::int[])
  ) AS place
  WHERE id > $2::bigint ORDER BY id LIMIT $4::int
) AS found
