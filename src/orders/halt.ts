import { ArgumentError } from '../core/errors.js'

/** When failures end the whole delivery. */
export interface Halt {
  /** `soon`: take no more, and let what runs end. `now`: end it, and give its orders back. */
  readonly when: 'soon' | 'now'
  /** So many failed orders, or that share of the ended ones. */
  readonly failures: { readonly count: number } | { readonly percent: number }
}

/** A share of one or two orders says nothing. */
const PERCENT_ENDED_MIN = 3

/**
 * Reads `soon,fail=3`, `now,fail=1` or `soon,fail=10%`, as GNU parallel writes them.
 *
 * @throws ArgumentError when the text is none of these.
 */
export function parseHalt(text: string): Halt {
  const match = /^(soon|now),fail=(\d+)(%?)$/.exec(text)
  const [, when, digits, percent] = match ?? []
  const number = Number(digits)
  if (!(number >= 1) || (percent === '%' && number > 100)) {
    throw new ArgumentError(`'${text}' is no halt rule`, {
      hint: 'Write it like soon,fail=3 (take no more after 3 failures), now,fail=1 or soon,fail=10%.',
    })
  }
  return {
    when: when === 'now' ? 'now' : 'soon',
    failures: percent === '%' ? { percent: number } : { count: number },
  }
}

/** Whether it is time, after so many orders ended, and so many of them failed for good. */
export function shallHalt(
  { failures }: Halt,
  { ended, failed }: { readonly ended: number; readonly failed: number },
): boolean {
  if ('count' in failures) return failed >= failures.count
  return ended >= PERCENT_ENDED_MIN && failed * 100 >= failures.percent * ended
}
