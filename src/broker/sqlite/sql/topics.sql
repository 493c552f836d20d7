-- topics: how often the records of some topics were changed. A topic without a record so far has no row.
-- :names JSON array of texts
SELECT name, changes FROM topic WHERE name IN (SELECT value FROM json_each(?))
