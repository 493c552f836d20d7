-- wait-lock: tells senders that somebody waits for these queues, for as long as this connection lives or until wait-unlock.
-- $1 queue_ids int[]
SELECT count(pg_advisory_lock_shared(('hob.queue'::regclass)::oid::int, queue_id)) AS locked FROM unnest($1::int[]) AS queue_id
