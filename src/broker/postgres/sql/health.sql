-- health: what the server tells of itself and of the kitchen's tables. Of sessions of other roles it tells little.
SELECT current_setting('server_version') AS version, current_setting('synchronous_commit') AS synchronous_commit,
  current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
  pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS is_read_only,
  current_setting('autovacuum') AS autovacuum,
  (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS connections_max,
  (
    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - since)), 0)::int FROM (
      SELECT xact_start AS since FROM pg_stat_activity
      WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      UNION ALL
      SELECT prepared FROM pg_prepared_xacts
    ) AS held
  ) AS snapshot_s,
  (SELECT coalesce(sum(n_dead_tup), 0)::bigint FROM pg_stat_user_tables WHERE schemaname = 'hob:schema') AS dead_rows,
  (SELECT coalesce(sum(n_live_tup), 0)::bigint FROM pg_stat_user_tables WHERE schemaname = 'hob:schema') AS live_rows,
  (
    SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint FROM pg_stat_user_tables WHERE schemaname = 'hob:schema'
  ) AS size_bytes
