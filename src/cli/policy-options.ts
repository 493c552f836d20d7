import { type Backoff, exponential, fixed, linear } from '../core/backoff.js'
import { parseDurationMs } from '../core/duration.js'
import type { PolicyChanges } from '../queue/policies.js'
import { attemptsNumber } from './attempts-number.js'
import { CliError } from './cli-error.js'
import { durationMs, type OptionSpec, option, type ValueKind, wholeNumber } from './option.js'

/** No bound, as people type it. */
const ALL = 'all'

const orAll = (kind: ValueKind<number>): ValueKind<number> => ({
  ...kind,
  parse: (text) => (text.toLowerCase() === ALL ? Number.POSITIVE_INFINITY : kind.parse(text)),
})

const age = orAll(durationMs)

const number = orAll(wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER }))

const MAKERS = { fixed, linear, exponential } as const

const BACKOFF_HINT = 'Write it like fixed:30s, linear:10s:5m or exponential:1s:1h: the first wait, and the longest.'

/** `exponential:1s:1h`: the kind, the first wait and the longest one; the waits may be left out. */
export const backoffKind: ValueKind<Backoff> = {
  completes: Object.keys(MAKERS),
  parse(text) {
    const [kind = '', first, most, ...rest] = text.split(':')
    const make = Object.entries(MAKERS).find(([name]) => name === kind)?.[1]
    if (make === undefined || rest.length > 0) {
      throw new CliError('usage', `'${text}' is no backoff`, { hint: BACKOFF_HINT })
    }
    const firstMs = first === undefined ? undefined : parseDurationMs(first)
    const mostMs = most === undefined ? undefined : parseDurationMs(most)
    if (firstMs !== undefined && mostMs !== undefined && mostMs < firstMs) {
      throw new CliError('usage', `'${text}': the longest wait is shorter than the first`, { hint: BACKOFF_HINT })
    }
    return make({ ...(firstMs !== undefined && { firstMs }), ...(mostMs !== undefined && { mostMs }) })
  },
}

/** What each option of a policy sets, by the name that it has without its dashes. */
interface PolicyTypes {
  readonly attempts: number
  readonly backoff: Backoff
  readonly 'keep-done': number
  readonly 'keep-done-max': number
  readonly 'keep-error': number
  readonly 'keep-error-max': number
}

/** The name of one option of a policy. */
export type PolicyOption = keyof PolicyTypes

/** Options that set what a policy says. */
export const POLICY_OPTIONS: { readonly [Name in PolicyOption]: OptionSpec<PolicyTypes[Name] | undefined> } = {
  attempts: option('--attempts <n>', 'Attempts before a failure is final, unless the sender said.', attemptsNumber),
  backoff: option(
    '--backoff <kind>',
    'The wait before another attempt: exponential:1s:1h, linear:10s:5m, fixed:30s.',
    backoffKind,
  ),
  'keep-done': option('--keep-done <time>', 'Done jobs go when they are so old: 7d, 12h; all: no bound.', age),
  'keep-done-max': option('--keep-done-max <n>', 'At most so many done jobs are kept, the newest; or all.', number),
  'keep-error': option('--keep-error <time>', 'The same for jobs that ended in ERROR or CANCELLED.', age),
  'keep-error-max': option('--keep-error-max <n>', 'At most so many of these; or all.', number),
}

/** Every one of them, in the order in which they are told. */
export const POLICY_OPTION_NAMES: readonly PolicyOption[] = Object.keys(POLICY_OPTIONS) as PolicyOption[]

/** What was given on a command line; null takes it away. */
export type PolicyValues = { readonly [Name in PolicyOption]?: PolicyTypes[Name] | null | undefined }

/** The changes that options ask for; what is undefined stays as it is. */
export function changesOf(values: PolicyValues): PolicyChanges {
  const { attempts, backoff } = values
  const bounds = {
    doneMs: values['keep-done'],
    doneMax: values['keep-done-max'],
    errorMs: values['keep-error'],
    errorMax: values['keep-error-max'],
  }
  const keep = Object.fromEntries(Object.entries(bounds).filter(([, bound]) => bound !== undefined))
  return {
    ...(attempts !== undefined && { attempts }),
    ...(backoff !== undefined && { backoff }),
    ...(Object.keys(keep).length > 0 && { keep }),
  }
}
