-- take: leases the first jobs in line of one queue to one node, unless time has brought something that is to be done before.
-- $1 queue_id int, $2 count_max int, $3 suspects_max int, $4 node text, $5 lease_ms bigint, $6 whether what is due may
-- wait, for it has just been seen to
-- Returns a row that tells of the take (id: its epoch or null, failures: whether something is due, crashes: whether the clock
-- was turned back, payload: the ids of the jobs in their order), then the jobs in any order.
-- SKIP LOCKED, so that a slow taker never blocks the others. The row of the job is only read.
WITH clock AS MATERIALIZED (
  SELECT hob.now_ms() AS ms
), lanes AS MATERIALIZED (
  SELECT lane, start FROM hob.lane WHERE queue_id = $1::int ORDER BY lane
), due AS MATERIALIZED (
  -- Null while the queue is paused: then nothing is taken, and nothing is to be done before.
  SELECT CASE WHEN EXISTS (SELECT FROM lanes WHERE lane = -2000) THEN NULL ELSE EXISTS (
    SELECT FROM hob.line WHERE queue_id = $1::int AND line.lane = 2000
      AND place >= (SELECT start FROM lanes WHERE lane = 2000) AND place <= (SELECT ms FROM clock)
  ) OR EXISTS (
    SELECT FROM hob.lease WHERE queue_id = $1::int
      AND until_ms >= (SELECT start FROM lanes WHERE lane = 2001) AND until_ms <= (SELECT ms FROM clock)
  ) END AS is_due
), plain AS MATERIALIZED (
  SELECT found.* FROM lanes CROSS JOIN LATERAL (
    SELECT line.ctid AS at, line.lane AS rank, place, id FROM hob.line
    WHERE line.queue_id = $1::int AND line.lane = lanes.lane AND place >= lanes.start
    ORDER BY place, id LIMIT $2::int
    FOR UPDATE SKIP LOCKED
  ) AS found
  WHERE lanes.lane <= 1000 AND ($6::boolean OR NOT (SELECT is_due FROM due))
  LIMIT $2::int
), suspect AS MATERIALIZED (
  SELECT ctid AS at, lane - 5000 AS rank, place, id FROM hob.line
  WHERE queue_id = $1::int AND lane >= 3999 AND ($6::boolean OR NOT (SELECT is_due FROM due))
  ORDER BY lane, place, id LIMIT $3::int
  FOR UPDATE SKIP LOCKED
), chosen AS MATERIALIZED (
  SELECT at, id FROM (SELECT * FROM plain UNION ALL SELECT * FROM suspect) AS candidates
  ORDER BY rank, place, id LIMIT $2::int
), gone AS (
  DELETE FROM hob.line WHERE ctid = ANY (ARRAY(SELECT at FROM chosen))
), lease AS (
  INSERT INTO hob.lease (epoch, taken_ms, until_ms, queue_id, node, jobs)
  SELECT nextval('hob.epoch'), ms, ms + $5::bigint, $1::int, $4::text, held.jobs
  FROM clock, (SELECT array_agg(id) AS jobs FROM chosen) AS held WHERE held.jobs IS NOT NULL
  RETURNING epoch, jobs, cardinality(jobs) AS count
), told AS (
  INSERT INTO hob.tally (queue_id, id, second, ready, running)
  SELECT $1::int, nextval('hob.tally_id'), ms / 1000, -count, count FROM clock, lease
)
SELECT (SELECT epoch FROM lease) AS id, is_due::int AS failures,
  coalesce((SELECT ms FROM clock) < pg_sequence_last_value('hob.front'), false)::int AS crashes,
  NULL::bigint AS attempts_max, NULL::bigint AS sent_ms, array_to_string((SELECT jobs FROM lease), ' ') AS payload
FROM due
UNION ALL
SELECT id, failures, crashes, attempts_max, sent_ms, payload FROM hob.job WHERE id = ANY (ARRAY(SELECT id FROM chosen))
