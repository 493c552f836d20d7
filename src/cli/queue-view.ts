import type { Broker } from '../broker/broker.js'
import type { QueueSummary } from '../broker/control.js'
import type { KeptRecord } from '../broker/records.js'
import { ArgumentError } from '../core/errors.js'
import { recordsByName } from '../queue/all-records.js'
import { POLICY_PREFIX, parsePolicy, type QueuePolicy } from '../queue/policies.js'
import { policyJson, tellPolicy } from './policy-words.js'
import type { Paint } from './print/colour.js'
import { type Column, formatTable } from './print/table.js'
import { queueColumns } from './status-lines.js'

/** What `hob queues` knows of a queue. */
export interface QueueView extends Pick<QueueSummary, 'queue' | 'counts' | 'isPaused'> {
  /** Jobs that ended, per second, over the last minute at most. */
  readonly perSecond: number
  /** What was said about it at run time; null when that cannot be read. */
  readonly policy: QueuePolicy | null
}

/** All queues, from counters and records; never from jobs. */
export async function viewQueues(broker: Broker): Promise<readonly QueueView[]> {
  const [summaries, records] = await Promise.all([broker.queues(), recordsByName(broker, POLICY_PREFIX)])
  const policies = new Map([...records].map(([queue, record]) => [queue, policyOf(record)]))
  return summaries.map(({ queue, counts, isPaused, recent }) => {
    const policy = policies.get(queue)
    const perSecond = recent.seconds > 0 ? recent.ended / recent.seconds : 0
    return { queue, counts, isPaused, perSecond, policy: policy === undefined ? {} : policy }
  })
}

/** One that a newer Hob wrote must not hide the others. */
function policyOf(record: KeptRecord): QueuePolicy | null {
  try {
    return parsePolicy(record)
  } catch (error) {
    if (error instanceof ArgumentError) return null
    throw error
  }
}

/** `hob queues` for programs. */
export const queueJson = (view: QueueView): object => ({ ...view, policy: view.policy && policyJson(view.policy) })

/** `hob queues` for people. */
export function queueLines(queues: readonly QueueView[], paint: Paint): readonly string[] {
  if (queues.length === 0) return ["No queues yet. Send a job: hob send mail '{}'"]
  const hasPolicy = queues.some(({ policy }) => tellPolicyOf(policy) !== '')
  const columns = queueColumns(queues, [])
  return formatTable(hasPolicy ? [...columns, POLICY] : columns, queues, paint)
}

const tellPolicyOf = (policy: QueuePolicy | null): string => (policy === null ? 'cannot be read' : tellPolicy(policy))

const POLICY: Column<QueueView> = { heading: 'POLICY', align: 'left', cell: (row) => tellPolicyOf(row.policy) }
