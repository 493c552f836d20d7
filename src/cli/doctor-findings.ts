import { bad, type Finding, good, note } from '../broker/diagnosis.js'
import { formatCount, plural } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import type { Sight, Trips } from './doctor-view.js'
import type { Work } from './doctor-work.js'

/** Times of day that are off by less puzzle nobody. */
const OFFSET_MS_NOTE = 1_000

/** A worker that waits so long for each answer does fewer than fifty jobs a second one by one. */
const LATENCY_MS_NOTE = 20

/** A lease of 15 s is renewed each 5 s: a store this slow loses some on a bad day. */
const LATENCY_MS_BAD = 1_000

/** A worker that waits takes the jobs of an ended lease back at once; within so long nothing is wrong. */
const GRACE_MS = 5_000

/** Longer than most work takes; a lease that is renewed may last for ever. */
const RUNNING_MS_NOTE = 86_400_000

/** Names of nodes, queues and jobs that one line tells. */
const NAMES_MAX = 5

/** All findings, those of the engine and those that are the same on every engine, each topic once. */
export function findingsOf({ kitchen, diagnosis, trips }: Sight, work: Work): readonly Finding[] {
  return [
    good('kitchen', `${kitchen.engine}, schema ${kitchen.schemaVersion}, at ${kitchen.place}`),
    ...diagnosis.findings,
    ofClock(trips),
    ofLatency(trips),
    ofWorkers(work),
    ofWaiting(work),
    ofOldest(work),
    ofEnded(work),
    ofSetAside(work),
  ]
}

function ofClock({ clockOffsetMs, clockDoubtMs }: Trips): Finding {
  const apartMs = Math.abs(clockOffsetMs)
  if (apartMs - clockDoubtMs < OFFSET_MS_NOTE) {
    return good('clock', `this host and the store agree, to ${formatMs(Math.max(apartMs, clockDoubtMs, 1))}`)
  }
  return note(
    'clock',
    `this host is ${formatDuration(apartMs)} ${clockOffsetMs > 0 ? 'behind' : 'ahead of'} the store`,
    "Set both by NTP. Leases and delays go by the store's clock and are right; times of day may puzzle you.",
  )
}

function ofLatency({ latencyMs }: Trips): Finding {
  const found = `${formatMs(latencyMs)} for a read`
  if (latencyMs > LATENCY_MS_BAD) {
    return bad('latency', found, 'Leases may be lost: find what keeps the store busy, or bring it closer.')
  }
  if (latencyMs > LATENCY_MS_NOTE) {
    return note('latency', found, 'Expect throughput from concurrency and batches, not from one job after another.')
  }
  return good('latency', found)
}

function ofWorkers({ workers }: Work): Finding {
  if (workers.length === 0) return good('workers', 'none at work')
  const names = workers.map(({ name, queue }) => `${name} on ${queue}`)
  return good('workers', `${formatCount(workers.length)} at work: ${listOf(names)}`)
}

function ofWaiting({ waiting, unworked }: Work): Finding {
  const [first] = unworked
  if (first === undefined) {
    return good('waiting', waiting === 0 ? 'no job' : `${plural(waiting, 'job')}; each queue has a worker`)
  }
  const count = unworked.reduce((sum, each) => sum + each.waiting, 0)
  return note(
    'waiting',
    `${plural(count, 'job')}, and nobody works ${listOf(unworked.map(({ queue }) => queue))}`,
    `Start a worker: hob deliver -q ${first.queue} COMMAND, or the program that works it.`,
  )
}

function ofOldest({ oldest }: Work): Finding {
  if (oldest === null) return good('running', 'no job')
  const { job, queue, node, ranMs, isGone } = oldest
  const found = `the oldest is job ${job} of ${queue}, begun ${formatDuration(ranMs)} ago by ${node}`
  if (isGone) {
    const advice = `It comes back when its lease ends, or now with: hob reset -q ${queue}`
    return note('running', `${found}, whose process has ended`, advice)
  }
  if (ranMs < RUNNING_MS_NOTE) return good('running', found)
  return note('running', found, `See hob why ${job}. Jobs that must not run so long want a timeout.`)
}

function ofEnded({ ended }: Work): Finding {
  if (ended === null) return good('leases', 'none has ended with jobs under it')
  const { jobs, queue, agoMs } = ended
  const found = `${plural(jobs, 'job')} under leases that ended up to ${formatDuration(agoMs)} ago, not taken back yet`
  if (agoMs <= GRACE_MS) return note('leases', found)
  return bad('leases', found, `Start a worker of ${queue}, which takes them back, or run: hob reset -q ${queue}`)
}

function ofSetAside({ setAside }: Work): Finding {
  const [first] = setAside
  if (first === undefined) return good('set aside', 'no job crashed too often')
  return note(
    'set aside',
    `${plural(setAside.length, 'job')} crashed too often: ${listOf(setAside)}`,
    `See hob why ${first}; hob reset gives them another chance.`,
  )
}

function formatMs(ms: number): string {
  if (ms < 0.1) return 'less than 0.1ms'
  return ms < 10_000 ? `${Number(ms.toPrecision(2))}ms` : formatDuration(ms)
}

const listOf = (names: readonly string[]): string =>
  names.length <= NAMES_MAX
    ? names.join(', ')
    : `${names.slice(0, NAMES_MAX).join(', ')} and ${formatCount(names.length - NAMES_MAX)} more`
