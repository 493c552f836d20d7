import type { JobView } from '#hob/broker/control.js'
import type { NodePresence } from '#hob/queue/presence.js'

/** A job that waits, as people see it, but for what a test says of it. Times are 0 unless it does. */
export const jobView = (more: Partial<JobView> = {}): JobView => ({
  id: '1',
  queue: 'q',
  state: 'ready',
  payload: '{}',
  priority: 0,
  isExpedited: false,
  key: null,
  attempts: 0,
  failures: 0,
  crashes: 0,
  attemptsMax: null,
  sentMs: 0,
  dueMs: 0,
  node: null,
  startedMs: null,
  settledMs: null,
  exitCode: null,
  error: null,
  result: null,
  ...more,
})

/** A worker of another machine, as it tells of itself, but for what a test says of it. */
export const nodePresence = (more: Partial<NodePresence> = {}): NodePresence => ({
  name: 'a/1',
  host: 'a',
  pid: 1,
  machine: 'm',
  processStart: null,
  role: 'worker',
  queue: 'q',
  concurrency: 1,
  startedMs: 0,
  done: 0,
  failed: 0,
  ...more,
})
