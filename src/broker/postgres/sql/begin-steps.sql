-- begin-steps: the store's clock, read after the transaction has its number, and the version that was drawn last.
SELECT CASE WHEN pg_current_xact_id() IS NOT NULL THEN hob.now_ms() END AS now_ms,
  (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM hob.version) AS last_version
