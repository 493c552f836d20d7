-- server-facts: settings and state of the server, as far as they touch a kitchen's promises.
-- Returns one row. Reads no table, so that it waits for no lock.
SELECT current_setting('server_version') AS version,
  current_setting('fsync') AS fsync,
  current_setting('synchronous_commit') AS synchronous_commit,
  current_setting('full_page_writes') AS full_page_writes,
  current_setting('autovacuum') AS autovacuum,
  current_setting('track_counts') AS track_counts,
  current_setting('data_checksums') AS data_checksums,
  current_setting('synchronous_standby_names') AS synchronous_standby_names,
  pg_is_in_recovery() AS is_standby,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS connections_max,
  (SELECT count(*)::int FROM pg_stat_activity WHERE datid IS NOT NULL
    AND coalesce(backend_type, 'client backend') = 'client backend') AS connections,
  (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()) AS frozen_age
