import { formatCount, plural } from '../core/count.js'
import type { EngineAccount } from '../rule/groups/engine-account.js'

/** How the records of a rule were taken, and why so: `groups: 10,000,000 rows in 5 groups; …`, `rows: it has map`. */
export function engineLine(account: EngineAccount): string {
  const { engine, reason, tasks, fallback, rows, groups, singles = 0 } = account
  if (engine === 'rows') return `rows: ${reason}`
  const some = fallback === null ? '' : `, and rows in ${formatCount(fallback.tasks)} of ${plural(tasks, 'task')}`
  const why = fallback === null ? reason : fallback.reason
  const others = singles === 0 ? '' : `, ${formatCount(singles)} by ${singles === 1 ? 'itself' : 'themselves'}`
  return `groups${some}: ${plural(rows, 'row')} in ${plural(groups, 'group')}${others}; ${why}`
}

/** The same in one word, for a table. */
export function engineWord(engines: readonly EngineAccount[] | undefined): string {
  const words = new Set(engines?.flatMap(({ engine, fallback }) => (fallback === null ? [engine] : [engine, 'rows'])))
  const [only] = words
  return words.size > 1 ? 'both' : (only ?? '-')
}

/** A line for each rule of a run, the run's own first. */
export const engineLines = (engines: readonly EngineAccount[]): readonly string[] =>
  engines.map((account) => `engine${account.source === '' ? '' : ` of ${account.source}`}  ${engineLine(account)}`)

/** What is not exact, in a line; nothing when all is. */
export const approximateLines = (columns: readonly string[]): readonly string[] =>
  columns.length === 0
    ? []
    : [`${columns.join(', ')} ${columns.length === 1 ? 'is' : 'are'} approximate, within about 2 %`]
