import type { Broker } from '../broker/broker.js'
import type { Change, Changed } from '../broker/control.js'
import type { JobId } from '../broker/job-store.js'
import { systemClock } from '../core/clock.js'
import { plural } from '../core/count.js'
import type { JobState } from '../core/job-state.js'
import { jobPages } from '../queue/job-pages.js'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.js'
import { listenForInterrupt } from './interrupt.js'
import type { Selection } from './job-selection.js'
import { ProgressLine } from './print/progress-line.js'
import { visible } from './print/visible.js'
import { queueNamed, stateWord } from './queues.js'
import type { Terminal } from './terminal.js'

/** What a command does to jobs, and how it says so. */
export interface JobChange {
  readonly change: Change
  /** After `3 jobs of mail`: `put back to READY`. */
  readonly done: string
  /** Of one that runs: what to do instead. */
  readonly whenRunning: string
  /** Does it to jobs that run, where that is possible. */
  readonly running?: (ids: readonly JobId[]) => Promise<readonly JobReport[]>
}

/** Which jobs to change, and how to say what became of them. */
export interface ChangeTask {
  readonly selection: Selection
  readonly does: JobChange
  readonly json: boolean
}

/** Jobs changed by one call. */
const BATCH = 1_000

/** What became of one job; `state` is that of one that the change does not fit. */
export interface JobReport {
  readonly id: JobId
  readonly result: Changed
  readonly state?: JobState
}

/** Changes jobs one by one or a whole queue, says what became of them, and answers the exit status: 0 when all were changed. */
export const changeJobs = (broker: Broker, task: ChangeTask, terminal: Terminal): Promise<number> =>
  task.selection.kind === 'ids'
    ? changeNamed(broker, { ...task, ids: task.selection.ids }, terminal)
    : changeQueue(broker, { ...task, ...task.selection }, terminal)

interface Named {
  readonly ids: readonly JobId[]
  readonly does: JobChange
  readonly json: boolean
}

async function changeNamed(broker: Broker, { ids, does, json }: Named, { out }: Terminal): Promise<number> {
  const reports: JobReport[] = []
  for (let from = 0; from < ids.length; from += BATCH) {
    const part = await changeBatch(broker, ids.slice(from, from + BATCH), does)
    reports.push(...part)
    if (!json) for (const report of part) out.line(tellReport(report, does))
  }
  if (json) out.json(reports)
  return reports.every(({ result }) => result === 'changed') ? EXIT_OK : EXIT_FAILED
}

async function changeBatch(
  broker: Broker,
  ids: readonly JobId[],
  { change, running }: JobChange,
): Promise<readonly JobReport[]> {
  const results = await broker.change(ids, change)
  const reports: readonly JobReport[] = ids.map((id, at) => ({ id, result: results[at] ?? 'missing' }))
  const idsOf = (result: Changed) => reports.filter((report) => report.result === result).map(({ id }) => id)
  const [unfit, runs] = [idsOf('unfit'), idsOf('running')]
  const jobs = unfit.length === 0 ? [] : await broker.jobs({ ids: unfit, countMax: unfit.length })
  const better = new Map<JobId, JobReport>(jobs.map(({ id, state }) => [id, { id, result: 'unfit', state }]))
  const stopped = runs.length > 0 ? ((await running?.(runs)) ?? []) : []
  for (const report of stopped) better.set(report.id, report)
  return reports.map((report) => better.get(report.id) ?? report)
}

function tellReport({ id, result, state }: JobReport, { done, whenRunning }: JobChange): string {
  const said: Readonly<Record<Changed, string>> = {
    changed: done,
    missing: 'there is no such job',
    running: `is RUNNING: ${whenRunning}`,
    unfit: `is ${state === undefined ? 'in another state' : stateWord(state)}: left as it is`,
    keyHeld: 'another job holds its key now: left as it is',
  }
  return `${visible(id)}: ${said[result]}`
}

interface Whole {
  readonly queue: string
  readonly states: readonly JobState[]
  readonly does: JobChange
  readonly json: boolean
}

/** Page by page, so that a million jobs need no more memory than a thousand; Ctrl-C ends it between two pages. */
async function changeQueue(broker: Broker, { queue, states, does, json }: Whole, terminal: Terminal): Promise<number> {
  const summary = await queueNamed(broker, queue)
  const interrupt = listenForInterrupt()
  const bar = new ProgressLine(terminal.err, { noun: 'jobs', clock: systemClock })
  const total = states.reduce((sum, state) => sum + summary.counts[state], 0)
  const counts: Record<Changed, number> = { changed: 0, missing: 0, running: 0, unfit: 0, keyHeld: 0 }
  try {
    for await (const page of jobPages(broker, { queue, states })) {
      const ids = page.map(({ id }) => id)
      for (const result of await broker.change(ids, does.change)) counts[result]++
      bar.update({ count: sumOf(counts), total })
      if (interrupt.signal.aborted) break
    }
  } finally {
    interrupt.stop()
    bar.clear()
  }
  if (json) terminal.out.json({ queue, ...counts })
  else for (const line of tellWhole(queue, counts, does)) terminal.out.line(line)
  if (interrupt.signal.aborted) {
    terminal.err.line('hob: interrupted; the same command goes on with the others')
    return interrupt.status()
  }
  // What others did to a job meanwhile is no failure of ours.
  return counts.keyHeld > 0 ? EXIT_FAILED : EXIT_OK
}

const sumOf = (counts: Readonly<Record<Changed, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

function tellWhole(queue: string, counts: Readonly<Record<Changed, number>>, { done }: JobChange): readonly string[] {
  const others = counts.missing + counts.running + counts.unfit
  return [
    `${plural(counts.changed, 'job')} of ${visible(queue)}: ${done}`,
    ...(counts.keyHeld > 0 ? [`${plural(counts.keyHeld, 'job')}: another job holds the key now: left`] : []),
    ...(others > 0 ? [`${plural(others, 'job')}: taken or changed by others meanwhile`] : []),
  ]
}
