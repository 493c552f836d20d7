export type { BlobStore, StoredBlob } from './blob/blob-store.js'
export type { Blobs, MadeBlobs, MakeWatch, Untagged } from './blob/blobs.js'
export type { Collected, CollectOptions } from './blob/collect.js'
export type { ChunkFormat } from './blob/cut/chunk-format.js'
export type { ChunkOptions, PushOptions } from './blob/make-blobs.js'
export { openBlobStore } from './blob/open-blob-store.js'
export type { BlobSource } from './blob/source.js'
export type { MadeBlob } from './blob/store-content.js'
export type { BlobUnderTag, TaggedBlob } from './blob/tag.js'
export type { TagSummary } from './blob/tag-summary.js'
export type { BadBlob, Verified } from './blob/verify.js'
export type { Changed } from './broker/control.js'
export type { Retention } from './broker/job-store.js'
export type { OpenTransaction } from './broker/transactions.js'
export { type Backoff, type BackoffFunction, exponential, fixed, linear } from './core/backoff.js'
export {
  ArgumentError,
  BlobError,
  type BlobErrorCode,
  HobError,
  JobFailedError,
  KitchenError,
  type KitchenErrorCode,
  LeaseLostError,
  RuleError,
  type RuleErrorCode,
  TimeoutError,
} from './core/errors.js'
export type { JobState } from './core/job-state.js'
export type { Json } from './core/json.js'
export type { OpenOptions } from './engines.js'
export { type Kitchen, openKitchen, openMarble } from './kitchen.js'
export type { AttemptEnd } from './queue/attempt-end.js'
export type { BatchHandler } from './queue/batch-run.js'
export type { Cancelled } from './queue/cancellations.js'
export { defineQueue, type QueueDefinition } from './queue/definition.js'
export type { Handler, Job } from './queue/job.js'
export type { KeptJob, ListedJob } from './queue/kept-job.js'
export type { Marble } from './queue/marble.js'
export type { HandOptions, MarbleOptions, WaitOptions } from './queue/marble-options.js'
export type { MetricFamily, Metrics, MetricValue } from './queue/metrics.js'
export type { MetricsServer, MetricsServerOptions } from './queue/metrics-server.js'
export { cancel, fail, release, retry, snooze } from './queue/outcome.js'
export type { PolicyChanges, QueuePolicy } from './queue/policies.js'
export type { JobsOptions, Queue, QueueWorker } from './queue/queue.js'
export type { ResultOptions } from './queue/results.js'
export type { ScheduleOptions } from './queue/schedule.js'
export { Scheduler, type SchedulerOptions, type TickEvent } from './queue/scheduler.js'
export type { Schedules, ScheduleView } from './queue/schedules.js'
export type { JobToSend, SendOptions } from './queue/send-options.js'
export type { SentJob } from './queue/sent-job.js'
export type { StandardSchema } from './queue/standard-schema.js'
export type { BatchOptions, WorkOptions } from './queue/work-options.js'
export { defineBatchWorker, defineWorker, type QueueHolder, type WorkerDefinition } from './queue/worker-definition.js'
export type { FieldValue } from './rule/builders/builder.js'
export { chain } from './rule/builders/chain.js'
export { count } from './rule/builders/count.js'
export { day, fromEpoch, hour, isoDate, month, weekday, year } from './rule/builders/dates.js'
export { toInt, toNumber } from './rule/builders/numbers.js'
export { fill, orElse } from './rule/builders/or-else.js'
export { alphanumeric, lower, replace, slice, type TextTransform, trim, upper } from './rule/builders/texts.js'
export { type PartsFilter, type Where, where } from './rule/builders/where.js'
export type { AbsentPart, BadRow, KeysetCounters, RunCounters } from './rule/counters.js'
export { RulesDaemon, type RulesDaemonOptions } from './rule/daemon/daemon.js'
export type { DaemonEvent } from './rule/daemon/daemon-event.js'
export { rule } from './rule/definition.js'
export type { EngineAccount } from './rule/groups/engine-account.js'
export type { Engine, EngineChoice } from './rule/groups/group-plan.js'
export type { NotifyOptions } from './rule/notify/notify-options.js'
export type { CsvReaderOptions, Reader } from './rule/reader.js'
export { csv, dynamic, jsonLines, lines, parquet } from './rule/readers.js'
export type {
  Aggregate,
  CombineFunction,
  FieldTransform,
  Keyset,
  KeysetOptions,
  KeysetRows,
  MapFunction,
  Notify,
  Params,
  Parts,
  PartsFunction,
  ReduceFunction,
  ResultColumn,
  ResultProcessor,
  ResultRun,
  RuleDefinition,
  RuleOptions,
  TimeDelta,
  ValuePart,
} from './rule/rule.js'
export type { BlobChoice, RunOutcome, RunProgress, RunRequest } from './rule/run/run-request.js'
export type { ColumnKind } from './rule/warehouse/column-kind.js'
export type { TableOptions, WarehouseMode } from './rule/warehouse/table-options.js'
export type { BlobsOptions } from './rule/warehouse/to-blobs.js'
export { type DuckdbOptions, toDuckdb } from './rule/warehouse/to-duckdb.js'
export { type FileFormat, type FilesOptions, toFiles } from './rule/warehouse/to-files.js'
export { type MysqlOptions, toMysql } from './rule/warehouse/to-mysql.js'
export { type PostgresWarehouseOptions, toPostgres } from './rule/warehouse/to-postgres.js'
export { type SqliteOptions, toSqlite } from './rule/warehouse/to-sqlite.js'
export { runImmediately, toBlobs } from './rules.js'
