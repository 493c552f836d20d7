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
  'Scheduler',
  'TimeoutError',
  'cancel',
  'defineBatchWorker',
  'defineQueue',
  'defineWorker',
  'exponential',
  'fail',
  'fixed',
  'linear',
  'openBlobStore',
  'openKitchen',
  'openMarble',
  'release',
  'retry',
  'snooze',
]

const TYPES = [
  'AttemptEnd',
  'Backoff',
  'BackoffFunction',
  'BadBlob',
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
  'HandOptions',
  'Handler',
  'Job',
  'JobToSend',
  'Json',
  'KeptJob',
  'Kitchen',
  'KitchenErrorCode',
  'MadeBlob',
  'MadeBlobs',
  'MakeWatch',
  'Marble',
  'MarbleOptions',
  'MetricFamily',
  'MetricValue',
  'Metrics',
  'MetricsServer',
  'MetricsServerOptions',
  'OpenOptions',
  'OpenTransaction',
  'PolicyChanges',
  'PushOptions',
  'Queue',
  'QueueDefinition',
  'QueueHolder',
  'QueuePolicy',
  'QueueWorker',
  'ResultOptions',
  'Retention',
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
  'Untagged',
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
