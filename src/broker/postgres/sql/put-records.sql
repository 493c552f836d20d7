-- put-records: records as they are after all steps. One that somebody made meanwhile is a unique violation; so is, by
-- must, a version that somebody drew meanwhile.
-- $1 changed jsonb {key: {value, version, gone_ms}} of records that are there, $2 new ones json [{key, value, …}], $3 dropped json array of
-- keys, $4 how many versions to draw, $5 the last of them
WITH drawn AS MATERIALIZED (
  SELECT CASE WHEN $4::int = 0 THEN true ELSE hob.must((
    SELECT max(version) = $5::bigint AND min(version) = $5::bigint - $4::int + 1
    FROM (SELECT nextval('hob.version') AS version FROM generate_series(1, $4::int)) AS drawn
  )) END AS is_so
), changed AS (
  UPDATE hob.record SET (value, version, gone_ms) = (
    SELECT * FROM jsonb_to_record($1::jsonb -> record.key) AS asked (value text, version bigint, gone_ms bigint)
  )
  WHERE key = ANY (ARRAY(SELECT jsonb_object_keys($1::jsonb)))
), added AS (
  INSERT INTO hob.record (key, value, version, gone_ms)
  SELECT * FROM json_to_recordset($2::json) AS asked (key text, value text, version bigint, gone_ms bigint) ORDER BY key
), dropped AS (
  DELETE FROM hob.record WHERE key = ANY (ARRAY(SELECT json_array_elements_text($3::json)))
)
SELECT is_so FROM drawn
