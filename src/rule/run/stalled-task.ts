import { formatDuration } from '../../core/duration.js'
import { RuleError } from '../../core/errors.js'
import { GAUGE, type ThreadOrder, type ThreadTask } from './thread-task.js'

/** Tasks that go through the records of pieces. */
export const MAPS: readonly ThreadTask['kind'][] = ['map', 'keptMap']
const PLANS: readonly ThreadTask['kind'][] = ['plan', 'keptPlan']

/** Functions that are named where one of them got nowhere. */
const FUNCTIONS_TOLD = 5

/** How long a task got nowhere, and by what. */
export interface Stall {
  readonly ms: number
  /** Whether the rule may say how long; else it is no function of records. */
  readonly isRules: boolean
  /** Names of those functions of the user's that it may have called. */
  readonly functions: readonly string[]
  /** Of its thread. */
  readonly gauges: Float64Array
}

/** What the user needs to find the function: the rule, the files, and about which record. */
export function stalled({ address, task }: ThreadOrder, { ms, isRules, functions, gauges }: Stall): RuleError {
  const where = placeOf(task, oneOf(functions), gauges)
  return new RuleError(
    'stalled',
    `rule ${address.rule}: ${where} made no progress for ${formatDuration(ms)} and was ended`,
    {
      hint: isRules
        ? 'Does it end for every record? stallMs of the rule says how long it may take.'
        : 'Does it wait for something, or never end?',
    },
  )
}

function placeOf(task: ThreadTask, own: string | null, gauges: Float64Array): string {
  if (task.kind === 'facts') return 'the loading of its module'
  if (task.kind === 'call') return task.call
  if (!MAPS.includes(task.kind) && !PLANS.includes(task.kind)) {
    return own ?? 'a function of its reduce or postprocess'
  }
  const rows = gauges[GAUGE.rows] ?? 0
  const group = gauges[GAUGE.group] ?? 0
  const names = inputsOf(task)
  const files = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
  const sample = PLANS.includes(task.kind) ? 'a sample of ' : ''
  const record = group > 0 ? `group ${group} of the records` : `record ${rows + 1}`
  return `${own ?? 'a function'}, at ${record} of ${sample}${files},`
}

/** Which of them it was, its thread cannot tell any more. */
function oneOf(names: readonly string[]): string | null {
  const [only] = names
  if (only === undefined || names.length === 1) return only ?? null
  return `one of ${names.slice(0, FUNCTIONS_TOLD).join(', ')}${names.length > FUNCTIONS_TOLD ? ' …' : ''}`
}

/** Names of what a task reads by the rule's functions. */
function inputsOf(task: ThreadTask): readonly string[] {
  if (task.kind === 'map') return task.pieces.map(({ name }) => name)
  if (task.kind === 'plan') return [...task.inputs, ...task.results].map(({ name }) => name)
  return ['what the run kept']
}
