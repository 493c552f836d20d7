-- has-due: whether time has brought something that is not yet done: a job fell due, or a lease ended.
-- $1 queue_id int
SELECT EXISTS (
  SELECT FROM hob.line WHERE queue_id = $1::int AND lane = 2000
    AND place >= (SELECT start FROM hob.lane WHERE queue_id = $1::int AND lane = 2000) AND place <= (SELECT hob.now_ms())
) OR EXISTS (
  SELECT FROM hob.lease WHERE queue_id = $1::int
    AND until_ms >= (SELECT start FROM hob.lane WHERE queue_id = $1::int AND lane = 2001)
    AND until_ms <= (SELECT hob.now_ms())
) AS is_due
