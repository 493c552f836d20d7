-- take-all: leases the first jobs in line of one queue to one node, a suspect among them, when what is to be seen to before has been.
-- $1 queue_id int, $2 count_max int, $3 suspects_max int, $4 node text, $5 lease_ms bigint
-- Returns what take does.
WITH clock AS MATERIALIZED (
  SELECT hob.now_ms() AS ms
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
), held AS MATERIALIZED (
  SELECT array_agg(id) AS jobs, count(*)::int AS count FROM chosen
), gone AS (
  DELETE FROM hob.line WHERE ctid = ANY (ARRAY(SELECT at FROM chosen))
), lease AS (
  INSERT INTO hob.lease (epoch, taken_ms, until_ms, queue_id, node, jobs)
  SELECT nextval('hob.epoch'), ms, ms + $5::bigint, $1::int, $4::text, held.jobs
  FROM clock, held WHERE count > 0
  RETURNING epoch
), told AS (
  INSERT INTO hob.tally (queue_id, id, second, ready, running)
  SELECT $1::int, nextval('hob.tally_id'), ms / 1000, -count, count FROM clock, held WHERE count > 0
)
SELECT (SELECT epoch FROM lease) AS epoch, false AS is_due,
  coalesce((SELECT ms FROM clock) < pg_sequence_last_value('hob.front'), false) AS is_behind,
  array_to_string(ids, ' ') AS ids, sent, payloads, odd,
  CASE WHEN ids IS DISTINCT FROM turns THEN array_to_string(turns, ' ') END AS turns
FROM (SELECT) AS one LEFT JOIN (
  SELECT jobs[at:at + 49] AS turns FROM held, generate_series(1, count, 50) AS at
) AS part ON true
LEFT JOIN LATERAL (
  SELECT array_agg(id) AS ids, array_to_string(array_agg(sent_ms), ' ') AS sent, string_agg(payload, E'\x1a,') AS payloads,
    string_agg(concat_ws(' ', id, failures, crashes, attempts_max), ',')
      FILTER (WHERE failures + crashes > 0 OR attempts_max IS NOT NULL) AS odd
  FROM hob.job WHERE id = ANY (turns)
) AS told ON true
