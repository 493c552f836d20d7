-- has-due: whether time has brought something that is not yet done: a job fell due, or a lease ended.
-- $1 queue_id int
SELECT EXISTS (
  SELECT FROM hob.lane JOIN hob.line ON line.queue_id = $1::int AND line.lane = 2000
  WHERE lane.queue_id = $1::int AND lane.lane = 2000 AND place >= start AND place <= (SELECT hob.now_ms())
) OR EXISTS (
  SELECT FROM hob.lane JOIN hob.lease ON lease.queue_id = $1::int
  WHERE lane.queue_id = $1::int AND lane.lane = 2001 AND until_ms >= start AND until_ms <= (SELECT hob.now_ms())
) AS is_due
