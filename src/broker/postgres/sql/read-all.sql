-- read-all: reads every row of the kitchen's tables to its last byte; the server fails when a page cannot be read.
-- The tables are asked for by name as they are now, so that none that a migration adds is forgotten.
SELECT pg_class.relname AS name,
  length(query_to_xml(format('SELECT sum(length(t::text)) FROM %s AS t', pg_class.oid::regclass), true, true, '')::text) AS told
FROM pg_class
WHERE relkind = 'r' AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'hob.queue'::regclass)
