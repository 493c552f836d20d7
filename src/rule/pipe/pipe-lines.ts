import { RuleError } from '../../core/errors.js'
import type { SpillFile } from '../map-output.js'
import type { Keyset, RuleDefinition } from '../rule.js'
import type { SpillField } from './spill-rows.js'

/** A record of a spill, and which spill it belongs to. */
export interface PipeRecord {
  readonly kind: SpillFile['kind']
  readonly keyset: string
  readonly fields: readonly SpillField[]
}

/** What stands for a keyset in a rule with `map`. */
const MAP_KEYSET = '_map'

/**
 * Lines between `hob rule map` and `hob rule reduce`: `KEY<TAB>VALUE`, both JSON without tabs and line ends, so that `LC_ALL=C sort`
 * brings the lines of each key together.
 *
 * - KEY: the list of the key parts' texts, the keyset's name first where the rule has several; of a rule with `map`, its key.
 * - VALUE: the partial aggregates of some records as a list, as the columns of a spill have them (`map-output.ts`), whole sums beyond 2^53 as
 *   text; one value of some records as an object `{"a":PLACE,"t":TEXT,"n":COUNT}` or with `"d":NUMBER`; of a rule with `map`, its value.
 */
export class PipeLines {
  readonly #keysets: ReadonlyMap<string, Keyset>
  readonly #isNamed: boolean

  constructor({ keysets }: Pick<RuleDefinition, 'keysets'>) {
    this.#keysets = new Map(keysets.map((keyset) => [keyset.name, keyset]))
    this.#isNamed = keysets.length > 1
  }

  /** The line of a record, with its end. */
  write({ kind, keyset: name, fields }: PipeRecord): string {
    if (kind === 'pairs') return `${fields[0]}\t${fields[1]}\n`
    const parts = this.#keysets.get(name)?.keyParts.length ?? 0
    const from = kind === 'values' ? 1 : 0
    const key = fields.slice(from, from + parts)
    const rest = fields.slice(from + parts)
    const value = kind === 'values' ? oneValue(fields[0] ?? '', rest) : `[${rest.map(asJson).join(',')}]`
    return `${JSON.stringify(this.#isNamed ? [name, ...key] : key)}\t${value}\n`
  }

  /**
   * The record of a line without its end.
   *
   * @throws RuleError `input` when it is no such line.
   */
  read(line: string): PipeRecord {
    const tab = line.indexOf('\t')
    if (tab < 0) throw new RuleError('input', 'no KEY<TAB>VALUE')
    const [key, value] = [line.slice(0, tab), line.slice(tab + 1)]
    if (this.#keysets.size === 0) {
      // Checked, and else left as they are.
      parsed(key, 'key')
      parsed(value, 'value')
      return { kind: 'pairs', keyset: MAP_KEYSET, fields: [key, value] }
    }
    return this.#readKeyset(parsed(key, 'key'), parsed(value, 'value'))
  }

  #readKeyset(key: unknown, value: unknown): PipeRecord {
    if (!Array.isArray(key)) throw new RuleError('input', 'the key is no list')
    const [first] = this.#keysets.keys()
    const name: unknown = this.#isNamed ? key[0] : first
    const parts: readonly unknown[] = this.#isNamed ? key.slice(1) : key
    const keyset = typeof name === 'string' ? this.#keysets.get(name) : undefined
    if (keyset === undefined) throw new RuleError('input', `the key names no keyset of the rule: ${String(name)}`)
    if (parts.length !== keyset.keyParts.length || !parts.every((part) => typeof part === 'string')) {
      throw new RuleError('input', `the key has not ${keyset.keyParts.length} texts, which keyset ${keyset.name} has`)
    }
    if (Array.isArray(value)) {
      const columns = columnsOf(keyset)
      if (value.length !== columns)
        throw new RuleError('input', `the value has ${value.length} members, not ${columns}`)
      return { kind: 'groups', keyset: keyset.name, fields: [...parts, ...value.map(asField)] }
    }
    if (typeof value !== 'object' || value === null) throw new RuleError('input', 'the value is no list and no object')
    const { a, t = null, d = null, n } = value as Readonly<Record<string, unknown>>
    return { kind: 'values', keyset: keyset.name, fields: [asField(a), ...parts, asField(t), asField(d), asField(n)] }
  }
}

const COLUMNS: Readonly<Partial<Record<Keyset['values'][number]['kind'], number>>> = {
  sum: 2,
  avg: 3,
  count: 1,
  min: 1,
  max: 1,
}

const columnsOf = ({ values }: Keyset): number => values.reduce((sum, { kind }) => sum + (COLUMNS[kind] ?? 0), 0)

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RuleError('input', `the ${what} is not JSON`, { cause })
  }
}

function oneValue(place: string, [text = null, number = null, count = null]: readonly SpillField[]): string {
  const value = text === null ? `"d":${number}` : `"t":${JSON.stringify(text)}`
  return `{"a":${place},${value},"n":${count}}`
}

/** Digits of a whole number that a double does not hold must stay as they are. */
function asJson(field: SpillField): string {
  if (field === null) return 'null'
  return /^-?\d{16,}$/.test(field) ? `"${field}"` : field
}

function asField(value: unknown): SpillField {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  return JSON.stringify(value)
}
