-- hold-records: the records that steps change, as they are now, and nobody else changes them until the transaction ends.
-- $1 keys json array of texts
-- Returns json: [{key, version, gone_ms}]
SELECT coalesce(json_agg(held), '[]')::text AS answer FROM (
  SELECT key, version, gone_ms FROM hob.record
  WHERE key = ANY (ARRAY(SELECT json_array_elements_text($1::json))) ORDER BY key FOR UPDATE
) AS held
