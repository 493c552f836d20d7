-- The first schema. Times are milliseconds since 1970; a state is its index in JOB_STATES:
-- 0 scheduled, 1 ready, 2 running, 3 done, 4 error, 5 cancelled.

-- The store's clock. Tests put one of their own in its place. Declared as what it is, so that it is inlined.
CREATE FUNCTION hob.now_ms() RETURNS bigint LANGUAGE sql VOLATILE
  AS 'SELECT floor(date_part(''epoch'', clock_timestamp()) * 1000)::bigint';

-- Ends a transaction whose assumption turned out wrong; the client knows the code and tries in another way.
CREATE FUNCTION hob.must(is_so boolean) RETURNS boolean LANGUAGE plpgsql VOLATILE AS '
BEGIN
  IF is_so THEN RETURN true; END IF;
  RAISE EXCEPTION ''an assumption of Hob did not hold'' USING ERRCODE = ''HOB01'';
END';

-- Wakes who waits for a queue, and costs a look into the table of locks when nobody does: NOTIFY takes a lock of the whole
-- server at commit. Waiters hold the shared lock of their queue. The transaction has its number before it looks, so that a
-- waiter who came too late to be seen knows from the number that he has to look again.
CREATE FUNCTION hob.ring(queue_id int, notice text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS '
DECLARE
  kitchen constant int := (''hob.queue''::regclass)::oid::int;
BEGIN
  PERFORM pg_current_xact_id();
  IF pg_try_advisory_lock(kitchen, queue_id) THEN
    PERFORM pg_advisory_unlock(kitchen, queue_id);
    RETURN false;
  END IF;
  PERFORM pg_notify(''hob:channel'', notice);
  RETURN true;
END';

-- Sequences, so that writers never wait for each other to draw a number.
CREATE SEQUENCE hob.job_id;
CREATE SEQUENCE hob.epoch;
CREATE SEQUENCE hob.version;
CREATE SEQUENCE hob.tally_id;

-- No front of a lane is later than this. A clock that shows less was turned back. In a sequence, since reading it costs
-- nothing, and whoever writes it waits for nobody.
CREATE SEQUENCE hob.front;

-- The counters of a queue are these columns and all rows of its tally: see there.
CREATE TABLE hob.queue (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  scheduled bigint NOT NULL DEFAULT 0,
  ready bigint NOT NULL DEFAULT 0,
  running bigint NOT NULL DEFAULT 0,
  done bigint NOT NULL DEFAULT 0,
  error bigint NOT NULL DEFAULT 0,
  cancelled bigint NOT NULL DEFAULT 0
);

-- What one transaction changed in the counters of a queue. Only ever inserted, so that no writer waits for another and no
-- row has a thousand dead versions; a sweep folds them into the row of the queue.
CREATE TABLE hob.tally (
  queue_id int NOT NULL,
  id bigint NOT NULL,
  second bigint NOT NULL,
  scheduled int NOT NULL DEFAULT 0,
  ready int NOT NULL DEFAULT 0,
  running int NOT NULL DEFAULT 0,
  done int NOT NULL DEFAULT 0,
  error int NOT NULL DEFAULT 0,
  cancelled int NOT NULL DEFAULT 0,
  ended int NOT NULL DEFAULT 0,
  PRIMARY KEY (queue_id, id)
);

-- How many jobs ended in each second, of what was folded; only the last minute is kept.
CREATE TABLE hob.rate (
  queue_id int NOT NULL,
  second bigint NOT NULL,
  ended bigint NOT NULL,
  PRIMARY KEY (queue_id, second)
);

-- Everything that is used up from its front is a lane of its queue, and `start` is where its front is now: nothing that
-- counts stands before it. Scans begin there, and not at the dead rows that a snapshot held open keeps (decision 0010).
-- -1001 expedited, -1000 to 1000 ready with minus this priority, 2000 scheduled, 2001 leases by their end,
-- 2003 done and 2004 error and cancelled by their end, 2010 tally by id.
CREATE TABLE hob.lane (
  queue_id int NOT NULL,
  lane smallint NOT NULL,
  start bigint NOT NULL DEFAULT -9223372036854775808,
  PRIMARY KEY (queue_id, lane)
) WITH (fillfactor = 50);

-- Jobs that have not ended. A take leaves the row alone: a job runs when it is in no line.
CREATE TABLE hob.job (
  id bigint PRIMARY KEY,
  fence bigint NOT NULL DEFAULT 0,   -- leases up to this epoch do not hold it any longer
  due_ms bigint NOT NULL,
  sent_ms bigint NOT NULL,
  attempts_max bigint,
  queue_id int NOT NULL,
  failures int NOT NULL DEFAULT 0,
  traces int NOT NULL DEFAULT 0,     -- attempts that are kept in the table of that name, or were
  rank smallint NOT NULL,            -- minus the priority; -1001 when expedited
  priority smallint NOT NULL,
  crashes smallint NOT NULL DEFAULT 0,
  key_scope smallint,                -- 1 live, 2 kept
  key text COLLATE "C",
  payload text COLLATE "C" NOT NULL
) WITH (fillfactor = 90);

-- Jobs that wait, by their turn. Narrow: a take deletes these rows, and no others.
-- A job that may crash but once more waits in the lane 5000 + rank, of which a take has one at most.
CREATE TABLE hob.line (
  queue_id int NOT NULL,
  lane smallint NOT NULL,
  place bigint NOT NULL,             -- due_ms, or minus the id when expedited
  id bigint NOT NULL,
  PRIMARY KEY (queue_id, lane, place, id)
);

-- One row for all jobs of a take (decision 0002), written again by heartbeats only. Who settles does not touch it: a lease
-- is over when none of its jobs is behind its fence any more.
CREATE TABLE hob.lease (
  epoch bigint PRIMARY KEY,
  taken_ms bigint NOT NULL,
  until_ms bigint NOT NULL,
  queue_id int NOT NULL,
  node text COLLATE "C" NOT NULL,
  jobs bigint[] NOT NULL
);
ALTER TABLE hob.lease ALTER COLUMN jobs SET STORAGE EXTERNAL;
CREATE INDEX lease_until ON hob.lease (queue_id, until_ms);

-- Attempts that did not end well. One that did is told by the row in history, so the happy path pays nothing.
CREATE TABLE hob.attempt (
  job_id bigint NOT NULL,
  epoch bigint NOT NULL,
  started_ms bigint NOT NULL,
  ended_ms bigint NOT NULL,
  exit_code bigint,
  node text COLLATE "C" NOT NULL,
  ended text COLLATE "C" NOT NULL,
  signal text COLLATE "C",
  error text COLLATE "C",
  output text COLLATE "C",
  PRIMARY KEY (job_id, epoch)
);

-- Jobs that have ended.
CREATE TABLE hob.history (
  id bigint PRIMARY KEY,
  due_ms bigint NOT NULL,
  sent_ms bigint NOT NULL,
  started_ms bigint NOT NULL,
  settled_ms bigint NOT NULL,
  attempts_max bigint,
  exit_code bigint,
  epoch bigint NOT NULL,
  queue_id int NOT NULL,
  failures int NOT NULL,
  traces int NOT NULL,
  state smallint NOT NULL,
  rank smallint NOT NULL,
  priority smallint NOT NULL,
  crashes smallint NOT NULL,
  key_scope smallint,
  key text COLLATE "C",
  node text COLLATE "C" NOT NULL,
  error text COLLATE "C",
  result text COLLATE "C",
  payload text COLLATE "C" NOT NULL
);
CREATE INDEX history_done ON hob.history (queue_id, settled_ms, id) WHERE state = 3;
CREATE INDEX history_unwell ON hob.history (queue_id, settled_ms, id) WHERE state > 3;

-- Who holds a key. Jobs without a key pay nothing.
CREATE TABLE hob.job_key (
  queue_id int NOT NULL,
  key text COLLATE "C" NOT NULL,
  job_id bigint NOT NULL,
  PRIMARY KEY (queue_id, key)
);

CREATE TABLE hob.record (
  key text COLLATE "C" PRIMARY KEY,
  value text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  gone_ms bigint                     -- when it goes by itself
);
CREATE INDEX record_gone ON hob.record (gone_ms) WHERE gone_ms IS NOT NULL;

-- Tables that are used up as fast as they are filled: vacuumed early and in small portions.
ALTER TABLE hob.job SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.2);
ALTER TABLE hob.line SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.2);
ALTER TABLE hob.lease SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE hob.lane SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE hob.tally SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
