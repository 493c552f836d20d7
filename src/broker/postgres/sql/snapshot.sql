-- snapshot: the number of the oldest transaction that goes on.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest
