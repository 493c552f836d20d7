import { messageOf, RuleError } from '../../core/errors.js'
import { checkObject, checkOptions } from '../../core/members.js'
import { type ColumnKind, KINDS } from './column-kind.js'

/**
 * What becomes of the rows in a table.
 *
 * - `replace`: a row takes the place of the one with the same key; other rows stay. For rules that look at all of their blobs each time.
 * - `add`: its numbers are added to those that stand under the same key; text beside the key is replaced. For rules that archive, and
 *   only for sums and counts: a minimum, an average or a quantile of several runs is not the sum of theirs.
 * - `append`: each run's rows are added as rows, with the run's id in the column `hob_run`; the table has no key.
 */
export type WarehouseMode = 'replace' | 'add' | 'append'

/** Every mode, for checks. */
const MODES: readonly string[] = ['replace', 'add', 'append'] satisfies readonly WarehouseMode[]

/** What the processors of all databases are told. */
export interface TableOptions {
  readonly mode: WarehouseMode
  /**
   * Other types for columns of the result, by their names: `number` where sums are whole now and may have fractions later, or what a
   * postprocess makes, which is text unless said here.
   */
  readonly types?: Readonly<Record<string, ColumnKind>>
  /** Milliseconds that the database, or who holds a lock there, may keep us waiting at a time: 1,000 to 3,600,000; 60,000 unless given. */
  readonly timeoutMs?: number
}

/** The same, with nothing optional left. */
export type TableSettings = Required<TableOptions>

const TIMEOUT_MS = 60_000

/**
 * Checks the options of a processor, and fills in what was left out.
 *
 * @param own The options that it has beside the common ones; texts, and required when they end with `!`.
 * @throws RuleError `rule` with the first fault.
 */
export function tableSettings(call: string, options: TableOptions, own: readonly string[]): TableSettings {
  checkCall(call, options, [...own, 'mode!', 'types?', 'timeoutMs?'])
  const { mode, types = {}, timeoutMs = TIMEOUT_MS } = options
  if (!MODES.includes(mode)) refuse(call, `has no mode '${mode}'`, `It is one of ${MODES.join(', ')}.`)
  for (const [column, kind] of Object.entries(types)) {
    if (!KINDS.includes(kind)) {
      refuse(call, `has no type '${kind}' for column '${column}'`, `It is one of ${KINDS.join(', ')}.`)
    }
  }
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1_000 || timeoutMs > 3_600_000) {
    refuse(call, 'takes a timeoutMs from 1,000 to 3,600,000', `60,000 unless given.`)
  }
  return { mode, types, timeoutMs }
}

/**
 * Checks that the options of a call are an object with known members, and that those that are texts are.
 *
 * @param known Names of members; one with `!` is a text that must be given, one with `?` is no text or need not be one.
 * @throws RuleError `rule`.
 */
export function checkCall(call: string, options: object, known: readonly string[]): void {
  try {
    checkObject(`the options of ${call}`, options)
    checkOptions(
      call,
      options,
      known.map((name) => name.replace(/[!?]$/, '')),
    )
  } catch (cause) {
    throw new RuleError('rule', messageOf(cause), { cause })
  }
  const given = new Map<string, unknown>(Object.entries(options))
  for (const name of known.filter((name) => !name.endsWith('?'))) {
    const value = given.get(name.replace('!', ''))
    if (value === undefined && !name.endsWith('!')) continue
    if (typeof value !== 'string' || value === '') {
      refuse(call, `needs '${name.replace('!', '')}', a text`, `Write it like ${call}({ ${example(known)} })`)
    }
  }
}

const example = (known: readonly string[]): string =>
  known
    .filter((name) => name.endsWith('!'))
    .map((name) => `${name.replace('!', '')}: '…'`)
    .join(', ')

/** A rule that cannot be right. */
export function refuse(call: string, says: string, hint: string): never {
  throw new RuleError('rule', `${call} ${says}`, { hint })
}
