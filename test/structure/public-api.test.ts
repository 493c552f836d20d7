import assert from 'node:assert/strict'
import { test } from 'vitest'
import * as api from '#hob/index.js'
import { readDocument } from '../docs/documents.js'
import { readSources } from './sources.js'

/** What `import … from 'hob'` gives. A change here is a change for users: it belongs into CHANGELOG.md. */
const VALUES = [
  'ArgumentError',
  'HobError',
  'JobFailedError',
  'KitchenError',
  'LeaseLostError',
  'RuleError',
  'Scheduler',
  'TimeoutError',
  'cancel',
  'count',
  'csv',
  'defineBatchWorker',
  'defineQueue',
  'defineWorker',
  'dynamic',
  'exponential',
  'fail',
  'fixed',
  'jsonLines',
  'linear',
  'lines',
  'openKitchen',
  'openMarble',
  'parquet',
  'release',
  'retry',
  'rule',
  'snooze',
  'toBlobs',
  'toDuckdb',
  'toFiles',
  'toMysql',
  'toPostgres',
  'toSqlite',
]

const TYPES = [
  'Aggregate',
  'AttemptEnd',
  'Backoff',
  'BackoffFunction',
  'BadRow',
  'BatchHandler',
  'BatchOptions',
  'BlobsOptions',
  'Cancelled',
  'ColumnKind',
  'CombineFunction',
  'CsvReaderOptions',
  'DuckdbOptions',
  'FieldTransform',
  'FileFormat',
  'FilesOptions',
  'HandOptions',
  'Handler',
  'Job',
  'JobToSend',
  'Json',
  'KeptJob',
  'Keyset',
  'KeysetCounters',
  'KeysetOptions',
  'KeysetRows',
  'Kitchen',
  'KitchenErrorCode',
  'MapFunction',
  'Marble',
  'MarbleOptions',
  'MetricFamily',
  'MetricValue',
  'Metrics',
  'MetricsServer',
  'MetricsServerOptions',
  'MysqlOptions',
  'Notify',
  'OpenOptions',
  'OpenTransaction',
  'Params',
  'Parts',
  'PartsFunction',
  'PolicyChanges',
  'PostgresWarehouseOptions',
  'Queue',
  'QueueDefinition',
  'QueueHolder',
  'QueuePolicy',
  'QueueWorker',
  'Reader',
  'ReduceFunction',
  'ResultColumn',
  'ResultOptions',
  'ResultProcessor',
  'ResultRun',
  'Retention',
  'RuleDefinition',
  'RuleErrorCode',
  'RuleOptions',
  'RunCounters',
  'ScheduleOptions',
  'ScheduleView',
  'SchedulerOptions',
  'Schedules',
  'SendOptions',
  'SentJob',
  'SqliteOptions',
  'StandardSchema',
  'TableOptions',
  'TickEvent',
  'TimeDelta',
  'ValuePart',
  'WaitOptions',
  'WarehouseMode',
  'WorkOptions',
  'WorkerDefinition',
]

const index = readSources().find(({ path }) => path === 'index.ts')

test('the public values are these', () => {
  assert.deepEqual(Object.keys(api).sort(), VALUES)
})

test('the public names are these, each named and none by a star', () => {
  const code = index?.code ?? ''
  const names = [...code.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) =>
    list.split(',').map((name) => name.replace(/^\s*type /, '').trim()),
  )
  assert.deepEqual(names.filter(Boolean).sort(), [...VALUES, ...TYPES].sort())
  assert.ok(!code.includes('*'))
})

test('the library document names them all', () => {
  const { text } = readDocument('docs/library.md')
  assert.deepEqual(
    [...VALUES, ...TYPES].filter((name) => !text.includes(`\`${name}\``)),
    [],
  )
})
