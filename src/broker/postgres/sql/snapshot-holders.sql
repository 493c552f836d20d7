-- snapshot-holders: what keeps vacuum from removing dead rows here, the worst first, at most 5.
-- Returns kind ('session', 'prepared' or 'slot'), name, pid, state, held_ms (null where nobody knows), transactions (since).
-- The times of other users' sessions are hidden from who is no member of pg_read_all_stats; their snapshots are not.
SELECT kind, name, state, held_ms::bigint AS held_ms, transactions
FROM (
  SELECT 'session' AS kind, pid::text AS name, coalesce(state, 'unknown') || coalesce(' in ' || nullif(application_name, ''), '') AS state,
    extract(epoch FROM clock_timestamp() - xact_start) * 1000 AS held_ms,
    greatest(age(backend_xmin), age(backend_xid)) AS transactions
  FROM pg_stat_activity
  WHERE pid <> pg_backend_pid() AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
    AND (datid IS NULL OR datid = (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND backend_type IS DISTINCT FROM 'autovacuum worker'
  UNION ALL
  SELECT 'prepared', gid, 'prepared', extract(epoch FROM clock_timestamp() - prepared) * 1000, age(transaction)
  FROM pg_prepared_xacts WHERE database = current_database()
  UNION ALL
  SELECT 'slot', slot_name::text, CASE WHEN active THEN 'active' ELSE 'inactive' END, NULL, age(xmin)
  FROM pg_replication_slots WHERE xmin IS NOT NULL
) AS holder
ORDER BY held_ms DESC NULLS LAST, transactions DESC LIMIT 5
