import { randomUUID } from 'node:crypto'
import { checkSteps } from '../broker/arguments.js'
import type { JobStore, NewJob, Step, StepResult } from '../broker/job-store.js'
import type { Records } from '../broker/records.js'
import { type Json, parseJson } from '../core/json.js'

/** The queue in which elevated jobs wait to be carried to another kitchen, in the order of their sequence. */
export const OUTBOX_QUEUE = 'outbox'

/** The record that numbers them. */
export const OUTBOX_RECORD = 'outbox/sequence'

/** What the record holds. */
export interface OutboxSequence {
  /** Drawn at random with the first elevated job, so that a kitchen made anew is not taken for the one before it. */
  readonly origin: string
  /** Of the job that was elevated last; each has one more than the one before, and none is left out. */
  readonly sequence: number
}

/** A job that shall be sent in another kitchen. */
export interface ElevatedJob extends Omit<NewJob, 'payload' | 'delayMs'> {
  readonly payload: Json
}

/**
 * The payload of a job of the outbox. `(origin, sequence)` names it for ever: who carries it upstream sends it and puts down the
 * sequence in one step, and passes over what is no higher (decision 0013).
 */
export interface OutboxPayload extends OutboxSequence, ElevatedJob {}

/** @throws ArgumentError when another kitchen would refuse the job, or this one cannot hold it in its outbox. */
export function checkElevated(job: ElevatedJob): void {
  checkSteps([
    { send: [{ ...job, payload: '0' }, inOutbox({ origin: randomUUID(), sequence: Number.MAX_SAFE_INTEGER }, job)] },
  ])
}

const inOutbox = (at: OutboxSequence, job: ElevatedJob): NewJob => ({
  queue: OUTBOX_QUEUE,
  payload: JSON.stringify({ ...at, ...job } satisfies OutboxPayload),
})

/**
 * Commits a step together with jobs for the outbox: all of it or nothing. Sequences rise in the order of the commits.
 *
 * @param elevated In their order; with none it is a plain commit of one step.
 * @returns What became of the step, never `conflict`: when another elevated meanwhile, it is tried with the next number.
 */
export async function commitElevated(
  store: Pick<JobStore, 'commit'> & Pick<Records, 'record'>,
  step: Step,
  elevated: readonly ElevatedJob[],
): Promise<StepResult> {
  for (;;) {
    const whole = elevated.length === 0 ? step : await withOutbox(store, step, elevated)
    const [result] = await store.commit([whole])
    if (result === undefined) throw new Error('a step has no result')
    if (result.kind !== 'conflict') return result
  }
}

/** The step, with the jobs of the outbox behind its own, and the record that numbers them. */
async function withOutbox(
  records: Pick<Records, 'record'>,
  step: Step,
  elevated: readonly ElevatedJob[],
): Promise<Step> {
  const record = await records.record(OUTBOX_RECORD)
  const { origin, sequence: last } =
    record === undefined
      ? { origin: randomUUID(), sequence: 0 }
      : (parseJson(record.value) as unknown as OutboxSequence)
  const jobs = elevated.map((job, at) => inOutbox({ origin, sequence: last + at + 1 }, job))
  const value = JSON.stringify({ origin, sequence: last + elevated.length } satisfies OutboxSequence)
  return {
    ...step,
    send: [...(step.send ?? []), ...jobs],
    put: [...(step.put ?? []), { key: OUTBOX_RECORD, value, expected: record?.version ?? 0 }],
  }
}
