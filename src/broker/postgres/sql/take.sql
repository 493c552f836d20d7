-- take: leases the first jobs in line of one queue to one node, unless something is to be seen to before: what has fallen due, a
-- lease that has ended, or a suspect (take-all).
-- $1 queue_id int, $2 count_max int, $3 suspects_max int, $4 node text, $5 lease_ms bigint
-- Returns rows for fifty jobs each, in their order, one at least: the epoch of the take or null; whether something is to be
-- seen to, and so nothing was taken, null while the queue is paused; whether the clock was turned back; of the jobs, as texts:
-- their ids and, in the same order, when they were sent, between spaces, their payloads, between U+001A with a comma; those that
-- are not as most are: id, failures, crashes and attempts_max, if any, between commas; their turns by their ids when these are not
-- in order. A row for each job took the client three times as long to read, and the server as long.
-- SKIP LOCKED, so that a slow taker never blocks the others. The row of the job is only read.
WITH clock AS MATERIALIZED (
  SELECT hob.now_ms() AS ms
), lanes AS MATERIALIZED (
  SELECT lane, start FROM hob.lane WHERE queue_id = $1::int ORDER BY lane
), due AS MATERIALIZED (
  SELECT CASE WHEN EXISTS (SELECT FROM lanes WHERE lane = -2000) THEN NULL ELSE EXISTS (
    SELECT FROM hob.line WHERE queue_id = $1::int AND line.lane = 2000
      AND place >= (SELECT start FROM lanes WHERE lane = 2000) AND place <= (SELECT ms FROM clock)
  ) OR EXISTS (
    SELECT FROM hob.lease WHERE queue_id = $1::int
      AND until_ms >= (SELECT start FROM lanes WHERE lane = 2001) AND until_ms <= (SELECT ms FROM clock)
  ) OR $3::int > 0 AND EXISTS (
    SELECT FROM hob.line WHERE queue_id = $1::int AND line.lane >= 3999
  ) END AS is_due
), chosen AS MATERIALIZED (
  -- In their order, without a sort.
  SELECT found.* FROM lanes CROSS JOIN LATERAL (
    SELECT line.ctid AS at, id FROM hob.line
    WHERE line.queue_id = $1::int AND line.lane = lanes.lane AND place >= lanes.start
    ORDER BY place, id LIMIT $2::int
    FOR UPDATE SKIP LOCKED
  ) AS found
  WHERE lanes.lane <= 1000 AND NOT (SELECT is_due FROM due)
  LIMIT $2::int
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
SELECT (SELECT epoch FROM lease) AS epoch, is_due,
  coalesce((SELECT ms FROM clock) < pg_sequence_last_value('hob.front'), false) AS is_behind,
  array_to_string(ids, ' ') AS ids, sent, payloads, odd,
  CASE WHEN ids IS DISTINCT FROM turns THEN array_to_string(turns, ' ') END AS turns
FROM due LEFT JOIN (
  SELECT jobs[at:at + 49] AS turns FROM held, generate_series(1, count, 50) AS at
) AS part ON true
LEFT JOIN LATERAL (
  SELECT array_agg(id) AS ids, array_to_string(array_agg(sent_ms), ' ') AS sent, string_agg(payload, E'\x1a,') AS payloads,
    string_agg(concat_ws(' ', id, failures, crashes, attempts_max), ',')
      FILTER (WHERE failures + crashes > 0 OR attempts_max IS NOT NULL) AS odd
  FROM hob.job WHERE id = ANY (turns)
) AS told ON true
