-- has-due: whether time has brought something that is not yet done: a job fell due, a lease ended, history grew too old.
-- $1 queue_id int, $2 done_by bigint, $3 unwell_by bigint: jobs that ended by then are to go; null: none is
SELECT EXISTS (
  SELECT FROM hob.line WHERE queue_id = $1::int AND lane = 2000
    AND place >= (SELECT start FROM hob.lane WHERE queue_id = $1::int AND lane = 2000) AND place <= (SELECT hob.now_ms())
) OR EXISTS (
  SELECT FROM hob.lease WHERE queue_id = $1::int
    AND until_ms >= (SELECT start FROM hob.lane WHERE queue_id = $1::int AND lane = 2001)
    AND until_ms <= (SELECT hob.now_ms())
) OR EXISTS (
  SELECT FROM hob.history WHERE queue_id = $1::int AND state = 3
    AND settled_ms >= (SELECT start FROM hob.lane WHERE queue_id = $1::int AND lane = 2003) AND settled_ms <= $2::bigint
) OR EXISTS (
  SELECT FROM hob.history WHERE queue_id = $1::int AND state > 3
    AND settled_ms >= (SELECT start FROM hob.lane WHERE queue_id = $1::int AND lane = 2004) AND settled_ms <= $3::bigint
) AS is_due
