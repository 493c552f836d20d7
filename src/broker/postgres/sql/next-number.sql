-- next-number: a number that is later than those of all transactions that have one. It is drawn: the end of a snapshot is not
-- past those that go on, but only past those that have ended.
SELECT pg_current_xact_id()::text::bigint AS next
