import { HobError, KitchenError, type KitchenErrorCode, messageOf } from '../core/errors.js'
import type { BadRow } from './rows/row.js'

/** How far a load has come. */
export interface LoadCount {
  /** Orders that are new and safe in the kitchen. */
  readonly loaded: number
  /** Rows that were skipped, because an order with their key is there. */
  readonly alreadyThere: number
  /** Rows that were set aside. */
  readonly bad: number
  /** Where the last row of these starts. */
  readonly lastLine: number
}

/** What messages call that which is loaded. */
export interface LoadWords {
  readonly one: string
  readonly many: string
  /** What was done with them, like `loaded`. */
  readonly done: string
  /** The command has `--skip-bad`. */
  readonly skipsBad: boolean
}

/** The words of `hob load`. */
export const ORDER_WORDS: LoadWords = { one: 'order', many: 'orders', done: 'loaded', skipsBad: true }

/** Where and how a load ended before its source did. */
export interface LoadStop {
  readonly name: string
  readonly count: LoadCount
  /** Loading again skips what is there. */
  readonly isKeyed: boolean
  readonly words: LoadWords
}

/**
 * A load ended before its source did; what `count` tells is safe.
 *
 * - `bad-row`: a row cannot be an order
 * - `stopped`: the store or the source failed, or the load was interrupted
 */
export class LoadError extends HobError {
  readonly code: 'bad-row' | 'stopped'
  readonly count: LoadCount

  constructor(
    code: LoadError['code'],
    message: string,
    details: { readonly hint: string; readonly count: LoadCount; readonly cause?: unknown },
  ) {
    super(message, details)
    this.code = code
    this.count = details.count
  }
}

/** The load came to a row that cannot be an order; all rows before it are committed. */
export function badRowError({ line, bad }: BadRow, { name, count, isKeyed, words }: LoadStop): LoadError {
  const again = isKeyed ? 'run the same command again' : `run the same command with --from-line ${line}`
  const aside = words.skipsBad ? ', or use --skip-bad FILE to set bad rows aside' : ''
  const hint = `${sentence(count, words)} Mend line ${line} and ${again}${aside}.`
  return new LoadError('bad-row', `${name}:${line}: ${bad}`, { hint, count })
}

/**
 * The load came to an end by something else than its rows.
 *
 * @param unsureUntil The last line of a batch that failed in the store's hands; null when none did.
 */
export function stoppedError(cause: unknown, unsureUntil: number | null, stop: LoadStop): LoadError {
  const { name, count, isKeyed, words } = stop
  const next = count.lastLine + 1
  const isUnknown = unsureUntil !== null && !tookNoEffect(cause)
  const hint = [
    ...(cause instanceof HobError && cause.hint ? [cause.hint] : []),
    sentence(count, words),
    ...(isUnknown ? [`Whether lines ${next} to ${unsureUntil} were ${words.done} as well is unknown.`] : []),
    isKeyed
      ? 'To go on, run the same command again: what is there is skipped.'
      : `To go on, run the same command with --from-line ${next}.`,
  ].join(' ')
  const reason = messageOf(cause)
  return new LoadError('stopped', `${name}: stopped after line ${count.lastLine}: ${reason}`, { hint, count, cause })
}

/** Codes with which a commit is known to have changed nothing. */
const NO_EFFECT: ReadonlySet<KitchenErrorCode> = new Set(['full', 'denied', 'busy', 'closed'])

const tookNoEffect = (cause: unknown): boolean => cause instanceof KitchenError && NO_EFFECT.has(cause.code)

/** Exactly what became of the rows so far. */
function sentence({ loaded, alreadyThere, bad }: LoadCount, { one, many, done }: LoadWords): string {
  const parts = [loaded === 1 ? `1 ${one} was ${done}` : `${loaded} ${many} were ${done}`]
  if (alreadyThere > 0) parts.push(`${alreadyThere} ${alreadyThere === 1 ? 'was' : 'were'} there already`)
  if (bad > 0) parts.push(`${bad} bad ${bad === 1 ? 'row was' : 'rows were'} set aside`)
  return `${parts.join(', ')}.`
}
