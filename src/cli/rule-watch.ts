import { formatBytes } from '../core/bytes.js'
import { systemClock } from '../core/clock.js'
import { formatCount, plural } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import type { RunProgress } from '../rule/run/run-request.js'
import type { Output } from './print/output.js'
import { ProgressLine } from './print/progress-line.js'
import { formatTable } from './print/table.js'
import { visible } from './print/visible.js'

/** One step of a run, for `--profile`. */
interface Step {
  readonly stage: string
  readonly startedMs: number
  endedMs: number
  tasks: number
  rows: number
  bytes: number
}

const SAYS: Readonly<Record<RunProgress['stage'], string>> = {
  plan: 'cutting the input',
  map: 'reading',
  reduce: 'grouping',
  finish: 'making the result',
  save: 'giving the result away',
}

/** Follows a run: a line that is redrawn on a terminal, a log of its steps for `--debug`, and how long each took for `--profile`. */
export class RunWatch {
  readonly #err: Output
  readonly #bar: ProgressLine | null
  readonly #isLogged: boolean
  readonly #steps: Step[] = []
  #rows = 0
  #bytes = 0

  constructor(
    err: Output,
    { bar, log, quiet }: { readonly bar: boolean; readonly log: boolean; readonly quiet: boolean },
  ) {
    this.#err = err
    this.#isLogged = log
    this.#bar = quiet ? null : new ProgressLine(err, { noun: 'rows', clock: systemClock, always: bar })
  }

  /** A step that the run itself does not tell of; the one before it is over, and nothing stands where the result may be printed. */
  begin(stage: string): void {
    this.#bar?.clear()
    const nowMs = performance.now()
    const last = this.#steps.at(-1)
    if (last !== undefined) last.endedMs = nowMs
    this.#steps.push({ stage, startedMs: nowMs, endedMs: nowMs, tasks: 0, rows: 0, bytes: 0 })
  }

  readonly onProgress = (progress: RunProgress): void => {
    const { stage, tasks, tasksDone, rowsRead, bytesRead, bytesTotal, run, verdict } = progress
    if (this.#steps.at(-1)?.stage !== stage) {
      this.begin(stage)
      const how = verdict === undefined ? '' : ` by ${verdict.engine} (${visible(verdict.reason)})`
      if (this.#isLogged) this.say(`${run}: ${SAYS[stage]}${how}${tasks > 0 ? `, ${plural(tasks, 'task')}` : ''}`)
    }
    const step = this.#steps.at(-1)
    if (step !== undefined) {
      step.endedMs = performance.now()
      step.tasks = Math.max(step.tasks, tasks)
    }
    // Rows are read by map tasks only; the last of them are told when the next step has begun.
    const reading = this.#steps.findLast((each) => each.stage === 'map') ?? step
    if (reading !== undefined) {
      reading.rows += rowsRead - this.#rows
      reading.bytes += bytesRead - this.#bytes
    }
    this.#rows = rowsRead
    this.#bytes = bytesRead
    const share = stage === 'map' && bytesTotal > 0 ? { share: bytesRead / bytesTotal } : {}
    const rest =
      stage === 'map' || stage === 'plan' ? {} : { total: rowsRead, share: tasks > 0 ? tasksDone / tasks : 0 }
    this.#bar?.update({ count: rowsRead, ...share, ...rest })
  }

  /** A line on standard error. */
  say(text: string): void {
    this.#bar?.clear()
    this.#err.line(`hob: ${text}`)
  }

  /** Ends the last step, and takes the progress line away. */
  end(): void {
    const last = this.#steps.at(-1)
    if (last !== undefined) last.endedMs = performance.now()
    this.#bar?.clear()
  }

  /** How long each step took, and what it read. */
  profile(): readonly string[] {
    return formatTable<Step>(
      [
        { heading: 'STEP', align: 'left', cell: ({ stage }) => stage },
        { heading: 'TIME', align: 'right', cell: ({ startedMs, endedMs }) => formatDuration(endedMs - startedMs) },
        { heading: 'TASKS', align: 'right', cell: ({ tasks }) => (tasks === 0 ? '' : formatCount(tasks)) },
        { heading: 'ROWS', align: 'right', cell: ({ rows }) => (rows === 0 ? '' : formatCount(rows)) },
        { heading: 'BYTES', align: 'right', cell: ({ bytes }) => (bytes === 0 ? '' : formatBytes(bytes)) },
      ],
      this.#steps,
    )
  }
}
