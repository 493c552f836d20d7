import { KitchenError } from '../core/errors.js'
import * as check from './arguments.js'
import type { Broker, Capabilities } from './broker.js'
import type {
  Change,
  Changed,
  JobLife,
  JobQuery,
  JobView,
  KitchenView,
  LeaseView,
  QueueSummary,
  Reset,
  ResetCounts,
} from './control.js'
import type { Diagnosis, Examination } from './diagnosis.js'
import type {
  AttemptReport,
  JobId,
  Lease,
  Outcome,
  Settle,
  Step,
  StepResult,
  Sweep,
  Swept,
  Take,
  TakenJob,
} from './job-store.js'
import type { KeptRecord, Page } from './records.js'
import { tail } from './tail.js'
import type { OpenTransaction } from './transactions.js'

/**
 * Does once what every engine needs, so that an engine sees good arguments only and sees them while it is open.
 *
 * An argument outside its stated bounds is an ArgumentError and nothing was done. Error text and output are cut to
 * their tails of `TAIL_BYTES_MAX` bytes, and the milliseconds of an outcome are rounded: it would be a pity to refuse
 * the end of an attempt for them. After `close`, which is safe twice, every call is a KitchenError `closed`.
 */
export function checked(broker: Broker): Broker {
  return new CheckedBroker(broker)
}

class CheckedBroker implements Broker {
  readonly #broker: Broker
  #closing: Promise<void> | undefined

  constructor(broker: Broker) {
    this.#broker = broker
  }

  get capabilities(): Capabilities {
    return this.#broker.capabilities
  }

  /** Not `async`: a promise about a promise takes three more turns of a lone send's microtasks. */
  commit(steps: readonly Step[]): Promise<readonly StepResult[]> {
    try {
      check.checkSteps(steps)
      return this.#open().commit(tidy(steps))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async commitWithin(transaction: OpenTransaction, steps: readonly Step[]): Promise<readonly StepResult[]> {
    check.checkTransaction(transaction)
    check.checkSteps(steps)
    return this.#open().commitWithin(transaction, tidy(steps))
  }

  async take(take: Take): Promise<readonly TakenJob[]> {
    check.checkTake(take)
    return this.#open().take(take)
  }

  async extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    check.checkExtend(leases, leaseMs)
    return this.#open().extend(leases, leaseMs)
  }

  async sweep(sweep: Sweep): Promise<Swept> {
    check.checkSweep(sweep)
    return this.#open().sweep(sweep)
  }

  async record(key: string): Promise<KeptRecord | undefined> {
    check.checkRecordKey(key)
    return this.#open().record(key)
  }

  async records(prefix: string, page: Page): Promise<readonly KeptRecord[]> {
    check.checkString('prefix', prefix)
    check.checkPage(page)
    return this.#open().records(prefix, page)
  }

  async wait(queue: string, wait: { readonly mostMs: number; readonly signal?: AbortSignal }): Promise<void> {
    check.checkWait(queue, wait.mostMs)
    return this.#open().wait(queue, wait)
  }

  watch(topic: string, onChange: () => void): () => void {
    check.checkTopic(topic)
    return this.#open().watch(topic, onChange)
  }

  async describe(): Promise<KitchenView> {
    return this.#open().describe()
  }

  async diagnose(examination: Examination): Promise<Diagnosis> {
    return this.#open().diagnose(examination)
  }

  async queues(): Promise<readonly QueueSummary[]> {
    return this.#open().queues()
  }

  async leases(queue: string): Promise<readonly LeaseView[]> {
    check.checkQueue(queue)
    return this.#open().leases(queue)
  }

  async oldestReady(queues: readonly string[]): Promise<readonly (number | null)[]> {
    check.checkQueues(queues)
    return this.#open().oldestReady(queues)
  }

  async jobs(query: JobQuery): Promise<readonly JobView[]> {
    check.checkJobQuery(query)
    return this.#open().jobs(query)
  }

  async job(id: JobId): Promise<JobLife | undefined> {
    check.checkString('id', id)
    return this.#open().job(id)
  }

  async change(ids: readonly JobId[], change: Change): Promise<readonly Changed[]> {
    check.checkChange(ids, change)
    return this.#open().change(ids, change.kind === 'cancel' ? { ...change, reason: tail(change.reason) } : change)
  }

  async pause(pause: { readonly queue: string; readonly isPaused: boolean }): Promise<void> {
    check.checkQueue(pause.queue)
    return this.#open().pause(pause)
  }

  async reset(reset: Reset): Promise<ResetCounts> {
    check.checkReset(reset)
    return this.#open().reset(reset)
  }

  async clean(clean: {
    readonly queue: string
    readonly force?: true
  }): Promise<{ readonly deleted: number; readonly running: number }> {
    check.checkQueue(clean.queue)
    return this.#open().clean(clean)
  }

  close(): Promise<void> {
    this.#closing ??= this.#broker.close()
    return this.#closing
  }

  #open(): Broker {
    if (this.#closing) throw new KitchenError('closed', 'the kitchen is closed')
    return this.#broker
  }
}

/** Whether a step is ready to be stored as it is; most are. */
const isTidy = ({ settle }: Step): boolean =>
  settle === undefined ||
  (settle.outcome.kind === 'done' && settle.report?.output === undefined && Number.isInteger(settle.report?.ranMs ?? 0))

const tidy = (steps: readonly Step[]): readonly Step[] => (steps.every(isTidy) ? steps : steps.map(tidyStep))

function tidyStep(step: Step): Step {
  return step.settle ? { ...step, settle: tidySettle(step.settle) } : step
}

function tidySettle(settle: Settle): Settle {
  const tidied = { ...settle, outcome: tidyOutcome(settle.outcome) }
  return settle.report ? { ...tidied, report: tidyReport(settle.report) } : tidied
}

function tidyOutcome(outcome: Outcome): Outcome {
  switch (outcome.kind) {
    case 'retry':
      return { ...outcome, inMs: Math.round(outcome.inMs), error: tail(outcome.error) }
    case 'error':
      return { ...outcome, error: tail(outcome.error) }
    case 'snooze':
      return { ...outcome, inMs: Math.round(outcome.inMs) }
    case 'cancel':
      return { ...outcome, reason: tail(outcome.reason) }
    default:
      return outcome
  }
}

function tidyReport(report: AttemptReport): AttemptReport {
  const tidied = { ...report, ranMs: Math.round(report.ranMs) }
  return report.output === undefined ? tidied : { ...tidied, output: tail(report.output) }
}
