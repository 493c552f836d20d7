-- queues: every queue with its counters, and what ended in the last minute.
WITH clock AS MATERIALIZED (
  SELECT hob.now_ms() / 1000 AS second
)
SELECT name, queue.scheduled + noted.scheduled AS scheduled, queue.ready + noted.ready AS ready,
  queue.running + noted.running AS running, queue.done + noted.done AS done, queue.error + noted.error AS error,
  queue.cancelled + noted.cancelled AS cancelled, noted.ended + coalesce(folded.ended, 0)::bigint AS ended,
  clock.second - least(noted.first_second, folded.first_second) + 1 AS seconds,
  EXISTS (SELECT FROM hob.lane WHERE lane.queue_id = queue.id AND lane = -2000) AS is_paused
FROM hob.queue CROSS JOIN clock CROSS JOIN LATERAL (
  SELECT coalesce(sum(scheduled), 0)::bigint AS scheduled, coalesce(sum(ready), 0)::bigint AS ready,
    coalesce(sum(running), 0)::bigint AS running, coalesce(sum(done), 0)::bigint AS done,
    coalesce(sum(error), 0)::bigint AS error, coalesce(sum(cancelled), 0)::bigint AS cancelled,
    coalesce(sum(ended) FILTER (WHERE tally.second > clock.second - 60), 0)::bigint AS ended,
    min(tally.second) FILTER (WHERE tally.second > clock.second - 60 AND ended > 0) AS first_second
  FROM hob.tally WHERE queue_id = queue.id
    AND tally.id >= (SELECT start FROM hob.lane WHERE lane.queue_id = queue.id AND lane = 2010)
) AS noted CROSS JOIN LATERAL (
  SELECT sum(ended) AS ended, min(rate.second) AS first_second
  FROM hob.rate WHERE queue_id = queue.id AND rate.second > clock.second - 60
) AS folded
ORDER BY name
