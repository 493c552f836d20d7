-- send: new jobs of one queue that differ in nothing but their payloads, without keys.
-- $1 queue_id int, $2 rank smallint, $3 priority smallint, $4 delay_ms bigint, $5 attempts_max bigint, $6 payloads text[],
-- $7 queue name text
-- Returns one row: the first id when the ids follow one another, all ids else; whether the clock was turned back.
-- The transaction has its number before it reads the clock, so that a place is never older than its number (raise-lanes).
WITH clock AS MATERIALIZED (
  SELECT CASE WHEN pg_current_xact_id() IS NOT NULL THEN hob.now_ms() END AS ms
), sent AS (
  INSERT INTO hob.job (id, due_ms, sent_ms, attempts_max, queue_id, rank, priority, payload)
  SELECT nextval('hob.job_id'), ms + $4::bigint, ms, $5::bigint, $1::int, $2::smallint, $3::smallint, payload
  FROM clock, unnest($6::text[]) AS payload
  RETURNING id, due_ms
), lined AS (
  INSERT INTO hob.line (queue_id, lane, place, id)
  SELECT $1::int, CASE WHEN $4::bigint > 0 THEN 2000 ELSE $2::smallint END,
    CASE WHEN $2::smallint = -1001 THEN -id ELSE due_ms END, id
  FROM sent
), told AS (
  INSERT INTO hob.tally (queue_id, id, second, scheduled, ready)
  SELECT $1::int, nextval('hob.tally_id'), ms / 1000,
    CASE WHEN $4::bigint > 0 THEN cardinality($6::text[]) ELSE 0 END,
    CASE WHEN $4::bigint > 0 THEN 0 ELSE cardinality($6::text[]) END
  FROM clock
)
SELECT min(id) AS first_id,
  CASE WHEN max(id) - min(id) + 1 = count(*) THEN NULL ELSE json_agg(id ORDER BY id)::text END AS ids,
  (SELECT ms FROM clock) < pg_sequence_last_value('hob.front') AS is_behind,
  -- As the function ring, which costs more to call than this does to run.
  CASE WHEN pg_try_advisory_lock(('hob.queue'::regclass)::oid::int, $1::int)
    THEN NOT pg_advisory_unlock(('hob.queue'::regclass)::oid::int, $1::int)
    ELSE pg_notify('hob:channel', CASE WHEN $4::bigint > 0 THEN '?' ELSE '+' END || $7::text) IS NOT NULL
  END AS has_rung
FROM sent
