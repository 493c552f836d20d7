-- kept-log: the replication slot that nobody reads and that keeps the most of the write-ahead log.
-- Returns slot_name and bytes; nothing when there is none.
SELECT slot_name::text AS slot_name,
  pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)::bigint AS bytes
FROM pg_replication_slots WHERE NOT active AND restart_lsn IS NOT NULL
ORDER BY restart_lsn LIMIT 1
