-- wait-unlock: nobody waits here for these queues any longer.
-- $1 queue_ids int[]
SELECT count(pg_advisory_unlock_shared(('hob.queue'::regclass)::oid::int, queue_id)) AS unlocked FROM unnest($1::int[]) AS queue_id
