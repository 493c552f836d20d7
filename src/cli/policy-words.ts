import type { Backoff } from '../core/backoff.js'
import { formatCount } from '../core/count.js'
import { exactDuration } from '../core/duration.js'
import type { QueuePolicy } from '../queue/policies.js'

/** One thing that a policy says, as `hob queue set` calls it, and in words. */
export interface PolicyWord {
  /** The option that sets it, without its dashes. */
  readonly option: string
  /** What is said; null: nothing. */
  readonly says: string | null
}

/** A policy in the words of the command line, said or not. */
export function policyWords({ attempts, backoff, keep = {} }: QueuePolicy): readonly PolicyWord[] {
  const word = (option: string, says: string | undefined): PolicyWord => ({ option, says: says ?? null })
  return [
    word('attempts', attempts === undefined ? undefined : formatCount(attempts)),
    word('backoff', backoff && tellBackoff(backoff)),
    word('keep-done', tellAge(keep.doneMs)),
    word('keep-done-max', tellNumber(keep.doneMax)),
    word('keep-error', tellAge(keep.errorMs)),
    word('keep-error-max', tellNumber(keep.errorMax)),
  ]
}

/** What is said, in one cell: `attempts 5, keep-done 7d`. */
export const tellPolicy = (policy: QueuePolicy): string =>
  policyWords(policy)
    .filter(({ says }) => says !== null)
    .map(({ option, says }) => `${option} ${says}`)
    .join(', ')

/** A policy for programs: JSON has no infinite number, so that no bound is `all`. */
export const policyJson = (policy: QueuePolicy): object => ({
  ...policy,
  ...(policy.keep && {
    keep: Object.fromEntries(
      Object.entries(policy.keep).map(([bound, kept]) => [bound, kept === Number.POSITIVE_INFINITY ? 'all' : kept]),
    ),
  }),
})

/** As `--backoff` takes it: `exponential:1s:1h`; with its jitter only when that is not the usual one. */
function tellBackoff({ kind, firstMs, mostMs, jitter }: Backoff): string {
  const words = [kind, exactDuration(firstMs), ...(kind === 'fixed' ? [] : [exactDuration(mostMs)])]
  return jitter === 0.2 ? words.join(':') : `${words.join(':')} less up to ${jitter * 100}%`
}

const tellAge = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : ms === Number.POSITIVE_INFINITY ? 'all' : exactDuration(ms)

const tellNumber = (count: number | undefined): string | undefined =>
  count === undefined ? undefined : count === Number.POSITIVE_INFINITY ? 'all' : formatCount(count)
