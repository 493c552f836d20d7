-- The first schema. Times are milliseconds since 1970; a state is its index in JOB_STATES:
-- 0 scheduled, 1 ready, 2 running, 3 done, 4 error, 5 cancelled.

-- One row: where the next id and the next epoch come from. Neither is ever used twice, also after a clean.
CREATE TABLE kitchen (
  next_id INTEGER NOT NULL,
  next_epoch INTEGER NOT NULL
) STRICT;

INSERT INTO kitchen VALUES (1, 1);

-- The counters are kept by the transactions that move jobs, so that a status never counts rows (law 9).
CREATE TABLE queue (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  scheduled INTEGER NOT NULL DEFAULT 0,
  ready INTEGER NOT NULL DEFAULT 0,
  running INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  error INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0
) STRICT;

-- How many jobs ended in each second; only the last minute is kept.
CREATE TABLE rate (
  queue_id INTEGER NOT NULL,
  second INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  PRIMARY KEY (queue_id, second)
) STRICT, WITHOUT ROWID;

CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  queue_id INTEGER NOT NULL,
  state INTEGER NOT NULL,
  rank INTEGER NOT NULL,          -- minus the priority; -1001 when expedited
  place INTEGER NOT NULL,         -- order within a rank: due_ms, or minus the id when expedited
  due_ms INTEGER NOT NULL,
  sent_ms INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  crashes INTEGER NOT NULL DEFAULT 0,
  attempts_max INTEGER,
  key TEXT,
  key_scope INTEGER,              -- 1 live, 2 kept
  payload TEXT NOT NULL,
  node TEXT,                      -- from here on: the last attempt, written when it ends
  started_ms INTEGER,
  settled_ms INTEGER,
  exit_code INTEGER,
  error TEXT,
  result TEXT
) STRICT;

-- Partial indexes: what waits is found without walking over what has ended, however long the history.
CREATE INDEX job_ready ON job (queue_id, rank, place) WHERE state = 1;
CREATE INDEX job_scheduled ON job (queue_id, due_ms) WHERE state = 0;
CREATE INDEX job_ended ON job (queue_id, state, settled_ms) WHERE state >= 3;
CREATE UNIQUE INDEX job_key ON job (queue_id, key) WHERE key_scope = 2 OR (key_scope = 1 AND state < 3);

-- One row stands for all jobs of a take (decision 0002), so that a heartbeat writes one small row.
CREATE TABLE lease (
  epoch INTEGER PRIMARY KEY,
  queue_id INTEGER NOT NULL,
  node TEXT NOT NULL,
  taken_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  open INTEGER NOT NULL,          -- jobs not yet settled
  jobs TEXT NOT NULL              -- the ids that it was taken for, as a JSON array
) STRICT;

-- Attempts that did not end well. One that did is told by the job's own row, so the happy path pays nothing.
CREATE TABLE attempt (
  job_id INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  node TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL,
  ended TEXT NOT NULL,
  exit_code INTEGER,
  signal TEXT,
  error TEXT,
  output TEXT,
  PRIMARY KEY (job_id, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE record (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  version INTEGER NOT NULL,
  gone_ms INTEGER                 -- when it goes by itself
) STRICT, WITHOUT ROWID;

CREATE INDEX record_gone ON record (gone_ms) WHERE gone_ms IS NOT NULL;
