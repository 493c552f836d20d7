-- make-due: scheduled jobs whose time has come take their place in the line of their rank.
-- $1 queue_id int, $2 count_max int
-- Returns how many.
WITH clock AS MATERIALIZED (
  SELECT hob.now_ms() AS ms
), due AS MATERIALIZED (
  SELECT found.at FROM hob.lane CROSS JOIN LATERAL (
    SELECT line.ctid AS at FROM hob.line
    WHERE line.queue_id = $1::int AND line.lane = 2000 AND place >= start AND place <= (SELECT ms FROM clock)
    ORDER BY place, id LIMIT $2::int
    FOR UPDATE SKIP LOCKED
  ) AS found
  WHERE lane.queue_id = $1::int AND lane.lane = 2000
), gone AS (
  DELETE FROM hob.line WHERE ctid = ANY (ARRAY(SELECT at FROM due)) RETURNING id
), lined AS (
  INSERT INTO hob.line (queue_id, lane, place, id)
  SELECT $1::int, CASE WHEN crashes = 2 THEN 5000 + rank ELSE rank END,
    CASE WHEN rank = -1001 THEN -gone.id ELSE due_ms END, gone.id
  FROM gone CROSS JOIN LATERAL (SELECT * FROM hob.job WHERE job.id = gone.id LIMIT 1) AS job
), told AS (
  INSERT INTO hob.tally (queue_id, id, second, scheduled, ready)
  SELECT $1::int, nextval('hob.tally_id'), ms / 1000, -count, count
  FROM clock, (SELECT count(*)::int AS count FROM gone) AS made WHERE count > 0
)
SELECT count(*)::int AS count FROM gone
