import fc from 'fast-check'
import type { Change } from '#hob/broker/control.js'
import type { AttemptReport, NewJob, Outcome, Retention } from '#hob/broker/job-store.js'
import type { RecordPut } from '#hob/broker/records.js'

/** A step as a command names it: the job that it ends is one of those taken so far, counted from the latest. */
export interface StepCommand {
  readonly settle?: { readonly nth: number; readonly outcome: Outcome; readonly report?: AttemptReport }
  readonly send?: readonly NewJob[]
  readonly put?: readonly RecordPut[]
}

/** One thing that a walk does. The jobs of a change are counted from the latest that was sent. A crash needs no command: it is a job that nobody settles before time passes. */
export type Command =
  | { readonly kind: 'commit'; readonly steps: readonly StepCommand[] }
  | {
      readonly kind: 'take'
      readonly queue: string
      readonly node: string
      readonly countMax: number
      readonly leaseMs: number
      readonly suspectsMax: 0 | 1
    }
  | { readonly kind: 'extend'; readonly nths: readonly number[]; readonly leaseMs: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'sweep'; readonly queue: string; readonly keep: Retention; readonly countMax: number }
  | { readonly kind: 'change'; readonly nths: readonly number[]; readonly change: Change }
  | { readonly kind: 'pause'; readonly queue: string; readonly isPaused: boolean }
  | { readonly kind: 'reset'; readonly queue: string; readonly gone: readonly string[]; readonly running?: true }
  | { readonly kind: 'clean'; readonly queue: string; readonly force?: true }
  | { readonly kind: 'reopen' }

/** Few names, so that commands meet. */
export const QUEUES: readonly string[] = ['hot', 'cold']
const NODES = ['web/1', 'web/2']

const queue = fc.constantFrom(...QUEUES)
/** Close to the ends of leases and waits, so that walks come to stand on both sides of them. */
const spanMs = fc.constantFrom(0, 1, 999, 1_000, 1_001, 5_000)
const leaseMs = fc.constantFrom(1_000, 5_000)

const newJob: fc.Arbitrary<NewJob> = fc
  .record(
    {
      queue,
      payload: fc.nat(9).map(String),
      priority: fc.integer({ min: -1, max: 1 }),
      when: fc.oneof(spanMs, fc.constant('front' as const)),
      key: fc.constantFrom('k1', 'k2'),
      keyScope: fc.constantFrom('live' as const, 'kept' as const),
      attemptsMax: fc.integer({ min: 1, max: 3 }),
    },
    { requiredKeys: ['queue', 'payload'] },
  )
  .map(({ when, ...job }) => {
    if (when === undefined) return job
    return when === 'front' ? { ...job, expedite: true } : { ...job, delayMs: when }
  })

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Outcome>({ kind: 'done' }, { kind: 'done', result: '{}' }) },
  spanMs.map((inMs): Outcome => ({ kind: 'retry', inMs, error: `retry in ${inMs}` })),
  spanMs.map((inMs): Outcome => ({ kind: 'snooze', inMs })),
  fc.constantFrom<Outcome>({ kind: 'error', error: 'failed' }, { kind: 'release' }, { kind: 'cancel', reason: 'off' }),
)

const report: fc.Arbitrary<AttemptReport> = fc.record(
  { ranMs: fc.nat(1_000), exitCode: fc.nat(2), output: fc.constant('tail') },
  { requiredKeys: ['ranMs'] },
)

const settle = fc.record({ nth: fc.nat(5), outcome, report }, { requiredKeys: ['nth', 'outcome'] })

/** At most one change of a record in a step: what two changes of one record in one step mean is not promised. */
const put = (ttlMs: fc.Arbitrary<number>): fc.Arbitrary<RecordPut[]> =>
  fc.uniqueArray(
    fc.record(
      {
        key: fc.constantFrom('a', 'a/b', 'b'),
        value: fc.constantFrom('1', '2', null),
        expected: fc.nat(2),
        ttlMs,
      },
      { requiredKeys: ['key', 'value'] },
    ),
    { maxLength: 2, selector: ({ key }) => key },
  )

const commit = (ttlMs: fc.Arbitrary<number>): fc.Arbitrary<Command> => {
  const step = fc.record({ settle, send: fc.array(newJob, { maxLength: 3 }), put: put(ttlMs) }, { requiredKeys: [] })
  return fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => ({ kind: 'commit', steps }))
}

const take: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('take' as const),
  queue,
  node: fc.constantFrom(...NODES),
  countMax: fc.integer({ min: 1, max: 4 }),
  leaseMs,
  suspectsMax: fc.constantFrom(0 as const, 1 as const),
})

const extend: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('extend' as const),
  nths: fc.array(fc.nat(5), { maxLength: 3 }),
  leaseMs,
})

const keepMax = fc.constantFrom(0, 1, 3, Number.POSITIVE_INFINITY)
const keepMs = fc.constantFrom(0, 1_000, 5_000)
const sweep: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('sweep' as const),
  queue,
  keep: fc.record(
    { doneMax: keepMax, errorMax: keepMax, doneMs: keepMs, errorMs: keepMs },
    { requiredKeys: ['doneMax', 'errorMax'] },
  ),
  countMax: fc.integer({ min: 1, max: 5 }),
})

const reset: fc.Arbitrary<Command> = fc.record(
  {
    kind: fc.constant('reset' as const),
    queue,
    gone: fc.subarray(NODES),
    running: fc.constant(true as const),
  },
  { requiredKeys: ['kind', 'queue', 'gone'] },
)

const clean: fc.Arbitrary<Command> = fc.record(
  { kind: fc.constant('clean' as const), queue, force: fc.constant(true as const) },
  { requiredKeys: ['kind', 'queue'] },
)

const change: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('change' as const),
  nths: fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 4 }),
  change: fc.constantFrom<Change>({ kind: 'retry' }, { kind: 'cancel', reason: 'off' }, { kind: 'drop' }),
})

const pause: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('pause' as const),
  queue,
  isPaused: fc.boolean(),
})

const pass = (spans: readonly number[]): fc.Arbitrary<Command> =>
  fc.constantFrom(...spans).map((ms) => ({ kind: 'pass', ms }))

const commands = (spans: readonly number[], ttlMs: fc.Arbitrary<number>): fc.Arbitrary<Command> =>
  fc.oneof(
    { weight: 8, arbitrary: commit(ttlMs) },
    { weight: 8, arbitrary: take },
    { weight: 5, arbitrary: pass(spans) },
    { weight: 2, arbitrary: extend },
    { weight: 2, arbitrary: sweep },
    { weight: 2, arbitrary: change },
    { weight: 1, arbitrary: pause },
    { weight: 1, arbitrary: reset },
    { weight: 1, arbitrary: clean },
    { weight: 1, arbitrary: fc.constant<Command>({ kind: 'reopen' }) },
  )

const FORWARD = [1, 999, 1_000, 5_000, 61_000]
const BOTH_WAYS = [...FORWARD, -1, -1_000, -5_000]

/**
 * A walk's commands. Time turns back in half of the walks, and records have lives in the other half: whether a record
 * that was gone stands again when time turns back is not promised.
 */
export const commandsOf = (countMax: number): fc.Arbitrary<Command[]> =>
  fc.oneof(
    fc.array(commands(FORWARD, spanMs), { maxLength: countMax, size: 'max' }),
    fc.array(commands(BOTH_WAYS, fc.constant(1_000_000_000)), { maxLength: countMax, size: 'max' }),
  )
