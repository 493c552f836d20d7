-- raise-lanes: moves the fronts of a queue's lanes to a moment, or to the first that still stands in them. The caller holds
-- the lanes (begin-raise).
-- $1 queue_id int, $2 the number of the transaction that read the moment bigint, or null: nothing is moved,
-- $3 the clock at the moment bigint, $4 the last id of the tally at the moment bigint
-- Nothing is moved while a transaction of before the moment goes on: it may have put something before it. Nor is it when the
-- clock shows less than at the moment.
-- Returns the number of this transaction; the latest of all fronts, which no rollback takes back, is only a bound.
WITH snapshot AS MATERIALIZED (
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= $2::bigint AND hob.now_ms() >= $3::bigint AS is_over
), scheduled AS MATERIALIZED (
  -- What is scheduled goes to the place of its due time, in whatever lane.
  SELECT (
    SELECT place FROM hob.line WHERE line.queue_id = $1::int AND line.lane = 2000 AND place >= start ORDER BY place LIMIT 1
  ) AS due_ms
  FROM hob.lane WHERE lane.queue_id = $1::int AND lane.lane = 2000
), raised AS (
  UPDATE hob.lane SET start = CASE
    WHEN lane <= 1000 THEN least($3::bigint, (SELECT due_ms FROM scheduled), (
      SELECT place FROM hob.line
      WHERE line.queue_id = $1::int AND line.lane = lane.lane AND place >= start ORDER BY place LIMIT 1
    ))
    WHEN lane = 2000 THEN least($3::bigint, (SELECT due_ms FROM scheduled))
    WHEN lane = 2001 THEN least($3::bigint, (
      SELECT until_ms FROM hob.lease WHERE lease.queue_id = $1::int AND until_ms >= start ORDER BY until_ms LIMIT 1
    ))
    WHEN lane = 2003 THEN least($3::bigint, (
      SELECT settled_ms FROM hob.history
      WHERE history.queue_id = $1::int AND state = 3 AND settled_ms >= start ORDER BY settled_ms LIMIT 1
    ))
    WHEN lane = 2004 THEN least($3::bigint, (
      SELECT settled_ms FROM hob.history
      WHERE history.queue_id = $1::int AND state > 3 AND settled_ms >= start ORDER BY settled_ms LIMIT 1
    ))
    ELSE least($4::bigint, (
      SELECT id FROM hob.tally WHERE tally.queue_id = $1::int AND id >= start ORDER BY id LIMIT 1
    ))
  END
  FROM snapshot
  WHERE queue_id = $1::int AND lane >= -1000 AND is_over
    AND start < CASE WHEN lane = 2010 THEN $4::bigint ELSE $3::bigint END
)
SELECT pg_current_xact_id()::text::bigint AS number, CASE WHEN is_over THEN setval('hob.front', greatest($3::bigint, pg_sequence_last_value('hob.front'), 1)) END AS front_ms
FROM snapshot
