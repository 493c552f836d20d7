-- take-all: leases the first jobs in line of one queue to one node, a suspect among them, when what is to be seen to before has been.
-- $1 queue_id int, $2 count_max int, $3 suspects_max int, $4 node text, $5 lease_ms bigint
-- Returns what take does. Goes on with part-taken.
WITH clock AS MATERIALIZED (
  SELECT hob.now_ms() AS ms
), due AS MATERIALIZED (
  SELECT 'nothing' AS first
), lanes AS MATERIALIZED (
  -- None while the queue is paused.
  SELECT lane, start FROM hob.lane
  WHERE queue_id = $1::int AND NOT EXISTS (SELECT FROM hob.lane WHERE queue_id = $1::int AND lane = -2000)
  ORDER BY lane
), plain AS MATERIALIZED (
  SELECT found.* FROM lanes CROSS JOIN LATERAL (
    SELECT line.ctid AS at, line.lane AS rank, place, id FROM hob.line
    WHERE line.queue_id = $1::int AND line.lane = lanes.lane AND place >= lanes.start
    ORDER BY place, id LIMIT $2::int
    FOR UPDATE SKIP LOCKED
  ) AS found
  WHERE lanes.lane <= 1000
  LIMIT $2::int
), suspect AS MATERIALIZED (
  SELECT ctid AS at, lane - 5000 AS rank, place, id FROM hob.line
  WHERE queue_id = $1::int AND lane >= 3999 AND EXISTS (SELECT FROM lanes)
  ORDER BY lane, place, id LIMIT $3::int
  FOR UPDATE SKIP LOCKED
), chosen AS MATERIALIZED (
  SELECT at, id FROM (SELECT * FROM plain UNION ALL SELECT * FROM suspect) AS candidates
  ORDER BY rank, place, id LIMIT $2::int
),
