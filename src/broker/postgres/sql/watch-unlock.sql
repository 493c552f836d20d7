-- watch-unlock: nobody watches these topics here any longer.
-- $1 topics json array of texts
SELECT count(pg_advisory_unlock_shared(('hob.record'::regclass)::oid::int, hashtext(topic))) AS unlocked
FROM json_array_elements_text($1::json) AS topic
