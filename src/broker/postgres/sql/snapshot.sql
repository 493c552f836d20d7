-- snapshot: the numbers of the oldest transaction that goes on and of the next one.
SELECT pg_snapshot_xmin(now)::text::bigint AS oldest, pg_snapshot_xmax(now)::text::bigint AS next
FROM (SELECT pg_current_snapshot() AS now OFFSET 0) AS current
