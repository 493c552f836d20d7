-- vacuum-lag: the kitchen's tables by their dead rows, the worst first.
-- Returns name, live, dead, vacuumed_ms (ago; null: never), is_off (autovacuum is switched off for it).
SELECT pg_class.relname AS name, n_live_tup::bigint AS live, n_dead_tup::bigint AS dead,
  (extract(epoch FROM clock_timestamp() - greatest(last_vacuum, last_autovacuum)) * 1000)::bigint AS vacuumed_ms,
  coalesce('autovacuum_enabled=false' = ANY (pg_class.reloptions) OR 'autovacuum_enabled=off' = ANY (pg_class.reloptions), false) AS is_off
FROM pg_stat_user_tables JOIN pg_class ON pg_class.oid = relid
WHERE pg_class.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'hob.queue'::regclass)
ORDER BY n_dead_tup DESC, pg_class.relname
