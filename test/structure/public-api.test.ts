import assert from 'node:assert/strict'
import { test } from 'vitest'
import * as api from '#hob/index.js'
import { readDocument } from '../docs/documents.js'
import { readSources } from './sources.js'

/** What `import … from 'hob'` gives. A change here is a change for users: it belongs into CHANGELOG.md. */
const VALUES = [
  'ArgumentError',
  'BlobError',
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
  'openBlobStore',
  'openKitchen',
  'openMarble',
  'parquet',
  'release',
  'retry',
  'rule',
  'snooze',
]

const TYPES = [
  'Aggregate',
  'AttemptEnd',
  'Backoff',
  'BackoffFunction',
  'BadBlob',
  'BadRow',
  'BatchHandler',
  'BatchOptions',
  'BlobErrorCode',
  'BlobSource',
  'BlobStore',
  'BlobUnderTag',
  'Blobs',
  'Cancelled',
  'ChunkFormat',
  'ChunkOptions',
  'CollectOptions',
  'Collected',
  'CombineFunction',
  'CsvReaderOptions',
  'FieldTransform',
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
  'MadeBlob',
  'MadeBlobs',
  'MakeWatch',
  'MapFunction',
  'Marble',
  'MarbleOptions',
  'MetricFamily',
  'MetricValue',
  'Metrics',
  'MetricsServer',
  'MetricsServerOptions',
  'Notify',
  'OpenOptions',
  'OpenTransaction',
  'Params',
  'Parts',
  'PartsFunction',
  'PolicyChanges',
  'PushOptions',
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
  'StandardSchema',
  'StoredBlob',
  'TagSummary',
  'TaggedBlob',
  'TickEvent',
  'TimeDelta',
  'Untagged',
  'ValuePart',
  'Verified',
  'WaitOptions',
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
