-- settle: the good end of jobs of which this process knows that these leases were given for them. All or nothing.
-- $1 epochs bigint[] distinct, $2 their least one bigint, $3 forgotten ids bigint[], $4 queue_id int,
-- $5 ids to keep bigint[] with, in the same order, $6 epochs bigint[], $7 ran_ms bigint[] (-1: since it was taken),
-- $8 exit_codes bigint[], $9 results text[]
-- A job behind a fence of its own is settled by the long way, which looks at each by itself.
WITH clock AS MATERIALIZED (
  SELECT CASE WHEN pg_current_xact_id() IS NOT NULL THEN hob.now_ms() END AS ms
), standing AS MATERIALIZED (
  SELECT epoch, node, taken_ms, ms FROM hob.lease, clock WHERE epoch = ANY ($1::bigint[]) AND until_ms > ms
), ended AS MATERIALIZED (
  SELECT job.*, asked.epoch, asked.ran_ms, asked.exit_code, asked.result
  FROM unnest($5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[])
    AS asked (id, epoch, ran_ms, exit_code, result)
  CROSS JOIN LATERAL (
    SELECT * FROM hob.job WHERE job.id = asked.id AND fence < $2::bigint LIMIT 1 FOR UPDATE
  ) AS job
), gone AS (
  DELETE FROM hob.job WHERE id = ANY ($3::bigint[] || ARRAY(SELECT id FROM ended)) AND fence < $2::bigint
    AND (SELECT count(*) FROM standing) = cardinality($1::bigint[])
  RETURNING id, key, key_scope, traces
), kept AS (
  INSERT INTO hob.history (id, due_ms, sent_ms, started_ms, settled_ms, attempts_max, exit_code, epoch, queue_id,
    failures, traces, state, rank, priority, crashes, key_scope, key, node, result, payload)
  SELECT id, due_ms, sent_ms, CASE WHEN ran_ms < 0 THEN taken_ms ELSE ms - ran_ms END, ms, attempts_max, exit_code,
    epoch, queue_id, failures, traces, 3, rank, priority, crashes, key_scope, key, node, result, payload
  FROM ended JOIN standing USING (epoch)
), freed AS (
  DELETE FROM hob.job_key
  WHERE queue_id = $4::int AND key = ANY (ARRAY(
    SELECT key FROM gone WHERE key IS NOT NULL AND (key_scope = 1 OR id = ANY ($3::bigint[]))
  ))
), untraced AS (
  DELETE FROM hob.attempt
  WHERE job_id = ANY (ARRAY(SELECT id FROM gone WHERE traces > 0 AND id = ANY ($3::bigint[])))
), told AS (
  INSERT INTO hob.tally (queue_id, id, second, running, done, ended)
  SELECT $4::int, nextval('hob.tally_id'), ms / 1000, -cardinality($3::bigint[]) - cardinality($5::bigint[]),
    cardinality($5::bigint[]), cardinality($3::bigint[]) + cardinality($5::bigint[])
  FROM clock
)
SELECT hob.must(count(*) = cardinality($3::bigint[]) + cardinality($5::bigint[])),
  (SELECT ms FROM clock) < pg_sequence_last_value('hob.front') AS is_behind
FROM gone
