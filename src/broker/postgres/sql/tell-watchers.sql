-- tell-watchers: calls those who watch the topics of records that this transaction changed.
-- $1 topics json array of texts, each once
-- As the function ring does for queues: who watches holds the shared lock of his topic, and the transaction had its number
-- before it looks. Topics whose hashes are equal share a lock, which costs a call that nobody hears.
SELECT bool_or(CASE
    WHEN pg_try_advisory_lock(('hob.record'::regclass)::oid::int, hashtext(topic))
    THEN NOT pg_advisory_unlock(('hob.record'::regclass)::oid::int, hashtext(topic))
    ELSE pg_notify('hob:channel', '#' || topic) IS NOT NULL
  END) AS has_told
FROM json_array_elements_text($1::json) AS topic
