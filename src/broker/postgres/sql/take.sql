-- take: leases the first jobs in line of one queue to one node, unless something is to be seen to before: what has fallen due, a
-- lease that has ended, or a suspect (take-all).
-- $1 queue_id int, $2 count_max int, $3 suspects_max int, $4 node text, $5 lease_ms bigint
-- Returns rows for fifty jobs each, in their order, one at least: the epoch of the take or null; what is to be seen to first,
-- and so nothing was taken: 'due' or only 'suspect', else 'nothing', null while the queue is paused; whether the clock was turned
-- back; of the jobs, as texts: their ids and, in the same order, when they were sent, between spaces, their payloads, between U+001A
-- with a comma; those that are not as most are: id, failures, crashes and attempts_max, if any, between commas; their turns by their
-- ids when these are not in order. A row for each job took the client three times as long to read, and the server as long.
-- Goes on with part-taken.
-- SKIP LOCKED, so that a slow taker never blocks the others. The row of the job is only read.
WITH clock AS MATERIALIZED (
  SELECT hob.now_ms() AS ms
), lanes AS MATERIALIZED (
  SELECT lane, start FROM hob.lane WHERE queue_id = $1::int ORDER BY lane
), due AS MATERIALIZED (
  SELECT CASE
    WHEN EXISTS (SELECT FROM lanes WHERE lane = -2000) THEN NULL
    WHEN EXISTS (
      SELECT FROM hob.line WHERE queue_id = $1::int AND line.lane = 2000
        AND place >= (SELECT start FROM lanes WHERE lane = 2000) AND place <= (SELECT ms FROM clock)
    ) OR EXISTS (
      SELECT FROM hob.lease WHERE queue_id = $1::int
        AND until_ms >= (SELECT start FROM lanes WHERE lane = 2001) AND until_ms <= (SELECT ms FROM clock)
    ) THEN 'due'
    WHEN $3::int > 0 AND EXISTS (SELECT FROM hob.line WHERE queue_id = $1::int AND line.lane >= 3999) THEN 'suspect'
    ELSE 'nothing'
  END AS first
), chosen AS MATERIALIZED (
  -- In their order, without a sort.
  SELECT found.* FROM lanes CROSS JOIN LATERAL (
    SELECT line.ctid AS at, id FROM hob.line
    WHERE line.queue_id = $1::int AND line.lane = lanes.lane AND place >= lanes.start
    ORDER BY place, id LIMIT $2::int
    FOR UPDATE SKIP LOCKED
  ) AS found
  WHERE lanes.lane <= 1000 AND (SELECT first FROM due) = 'nothing'
  LIMIT $2::int
),
