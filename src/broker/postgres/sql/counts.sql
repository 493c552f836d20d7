-- counts: one queue's counters, and the store's clock.
-- $1 queue_id int
SELECT queue.scheduled + coalesce(sum(tally.scheduled), 0)::bigint AS scheduled,
  queue.ready + coalesce(sum(tally.ready), 0)::bigint AS ready,
  queue.running + coalesce(sum(tally.running), 0)::bigint AS running,
  queue.done + coalesce(sum(tally.done), 0)::bigint AS done,
  queue.error + queue.cancelled + coalesce(sum(tally.error + tally.cancelled), 0)::bigint AS unwell,
  hob.now_ms() AS now_ms
FROM hob.queue LEFT JOIN hob.tally ON tally.queue_id = queue.id
  AND tally.id >= (SELECT start FROM hob.lane WHERE queue_id = $1::int AND lane = 2010)
WHERE queue.id = $1::int
GROUP BY queue.id
