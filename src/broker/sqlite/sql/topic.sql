-- topic: how often the records of a topic were changed. One without a record so far has no row.
-- :name text
-- One by one: a list makes a temporary table, which takes twenty times as long as to look up a name.
SELECT changes FROM topic WHERE name = ?
