import { createHash } from 'node:crypto'
import { type Statements, statements } from './statements.generated.js'

/** A script as Redis runs it. */
export interface Script {
  readonly name: string
  readonly text: string
  /** What EVALSHA names it by. */
  readonly sha: string
}

type Part = 'wake' | 'ledger' | 'line' | 'life' | 'drop' | 'lease' | 'return' | 'records' | 'view' | 'afresh' | 'place'

/** Each script with the parts that it stands on, in their order; `part-kitchen` and `part-clock` come before them all. */
const PARTS: { readonly [Name in ScriptName]: readonly Part[] } = {
  open: [],
  describe: [],
  send: ['wake'],
  commit: ['wake', 'ledger', 'line', 'life', 'drop', 'lease', 'records'],
  finish: ['wake', 'ledger', 'life', 'drop', 'lease'],
  take: ['wake', 'ledger', 'line', 'life', 'lease', 'return'],
  extend: ['wake'],
  sweep: ['wake', 'ledger', 'line', 'life', 'drop', 'lease', 'return', 'records'],
  probe: [],
  queues: [],
  leases: ['lease'],
  jobs: ['wake', 'ledger', 'line', 'life', 'lease', 'view'],
  jobsOfQueue: ['wake', 'ledger', 'line', 'life', 'lease', 'view'],
  jobsNamed: ['wake', 'ledger', 'line', 'life', 'lease', 'view'],
  oldestReady: ['wake', 'ledger', 'line', 'life'],
  job: ['wake', 'ledger', 'line', 'life', 'lease', 'view'],
  errors: [],
  resetErrors: ['wake', 'ledger', 'line', 'life', 'afresh'],
  change: ['wake', 'ledger', 'line', 'life', 'drop', 'afresh', 'place'],
  pause: [],
  resume: ['wake'],
  takeBack: ['wake', 'ledger', 'line', 'life', 'lease'],
  clean: ['wake', 'ledger', 'drop', 'lease'],
  record: ['records'],
  records: ['records'],
  setAside: ['life'],
}

type ScriptName = Exclude<keyof Statements, `part${string}`>

/** Every script by its name. */
export type Scripts = { readonly [Name in ScriptName]: Script }

/** The scripts with a clock: that of the server, or a test's own text in the place of `part-clock`. */
export function makeScripts(clock: string = statements.partClock): Scripts {
  const entries = Object.entries(PARTS).map(([name, parts]) => {
    const texts = parts.map((part: Part) => statements[partName(part)])
    const body = statements[name as ScriptName]
    const text = withoutComments([statements.partKitchen, clock, ...texts, body].join('\n'))
    return [name, { name, text, sha: createHash('sha1').update(text).digest('hex') }]
  })
  return Object.fromEntries(entries) as Scripts
}

const partName = (part: Part) => `part${part[0]?.toUpperCase()}${part.slice(1)}` as `part${Capitalize<Part>}`

/** The server need neither hold nor read them. */
const withoutComments = (text: string): string => text.replace(/^\s*--.*\n/gm, '').replace(/^\s+/gm, '')
