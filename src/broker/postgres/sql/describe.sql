-- describe: the store's clock, and what it promises.
SELECT hob.now_ms() AS now_ms, current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync,
  current_setting('full_page_writes') AS full_page_writes
