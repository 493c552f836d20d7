import type { RunCounters } from '../counters.js'
import type { LiveTasks } from './run-means.js'
import type { RunProgress } from './run-request.js'
import type { RunStep, StageScope } from './run-stage.js'

/** How often progress is told while nothing else happens. */
const TELL_MS = 100

/** Puts together how far a run is: from tasks that are done, wherever, and from those at work in this process. */
export class RunMeter implements Disposable {
  readonly #run: string
  readonly #live: LiveTasks
  readonly #tell: (progress: RunProgress) => void
  readonly #timer: NodeJS.Timeout
  readonly #done = { rows: 0, bytes: 0 }
  readonly #most = { rows: 0, bytes: 0 }
  #step: RunStep = { stage: 'plan', tasks: 1, tasksDone: 0 }
  #bytesTotal = 0
  #told = ''

  constructor(run: string, live: LiveTasks, tell: (progress: RunProgress) => void) {
    this.#run = run
    this.#live = live
    this.#tell = tell
    this.#timer = setInterval(() => this.#report(), TELL_MS).unref()
  }

  /** What the stages of the run tell it by. */
  get scope(): Pick<StageScope, 'onProgress' | 'onInput'> {
    return {
      onInput: (bytes) => {
        this.#bytesTotal += bytes
      },
      onProgress: (step, counters) => this.#progress(step, counters),
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#report()
  }

  #progress(step: RunStep, counters?: RunCounters): void {
    const isNew = step.stage !== this.#step.stage
    this.#step = step
    this.#done.rows += counters?.rowsRead ?? 0
    this.#done.bytes += counters?.bytesRead ?? 0
    if (isNew) this.#report()
  }

  /** Only what is new. */
  #report(): void {
    const { rows, bytes } = this.#live.of(this.#run)
    // A task that has just ended is neither at work nor known to be done, for a moment; nothing goes back for that.
    this.#most.rows = Math.max(this.#most.rows, this.#done.rows + rows)
    this.#most.bytes = Math.max(this.#most.bytes, this.#done.bytes + bytes)
    const progress: RunProgress = {
      run: this.#run,
      ...this.#step,
      rowsRead: this.#most.rows,
      bytesRead: this.#most.bytes,
      bytesTotal: this.#bytesTotal,
    }
    const text = JSON.stringify(progress)
    if (text === this.#told) return
    this.#told = text
    this.#tell(progress)
  }
}
