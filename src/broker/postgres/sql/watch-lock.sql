-- watch-lock: tells who changes records that somebody watches these topics, for as long as this connection lives or until
-- watch-unlock.
-- $1 topics json array of texts
SELECT count(pg_advisory_lock_shared(('hob.record'::regclass)::oid::int, hashtext(topic))) AS locked
FROM json_array_elements_text($1::json) AS topic
