-- read-all: reads every row of the kitchen, so that a damaged page is met; where the server keeps checksums, it tells.
SELECT (SELECT count(payload || coalesce(error, '')) FROM hob.job) + (SELECT count(payload || coalesce(result, '')) FROM hob.history)
  + (SELECT count(output) FROM hob.attempt) + (SELECT count(value) FROM hob.record) + (SELECT count(id) FROM hob.line)
  + (SELECT count(epoch) FROM hob.lease) + (SELECT count(job_id) FROM hob.job_key) + (SELECT count(id) FROM hob.tally) AS rows
