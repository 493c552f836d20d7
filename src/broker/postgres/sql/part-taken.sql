-- part-taken: what take and take-all end with: what is chosen goes out of the line, and its lease begins; then their answer.
held AS MATERIALIZED (
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
SELECT (SELECT epoch FROM lease) AS epoch, first,
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
