import type { Step, StepResult } from '../job-store.js'
import { topicOf } from '../records.js'
import type { Asker, Call } from './asker.js'
import { arrayText } from './changes.js'
import { makeQueues, type QueueRow, type Queues } from './queues.js'
import type { Sql } from './sql.js'
import { type Decision, decide, type Loaded, numberOf, type Sending } from './steps.js'
import { jsonOf } from './text.js'

/** Bytes of payloads in one statement, so that no parameter grows beyond what a server takes well. */
const BYTES_MAX = 16 * 1024 * 1024

/** What steps came to, and what is to be kept in mind once their transaction has been committed. */
export interface Applied {
  readonly results: readonly StepResult[]
  readonly made: readonly QueueRow[]
  /** Whether the clock was found to have been turned back. */
  readonly isBehind: boolean
}

/**
 * Applies steps of all kinds within a transaction: reads and holds what they name, decides in memory, writes. That is two
 * trips to the server, however many steps there are.
 *
 * @param commit Called when the last statement is asked for.
 * @throws An error of `isOvertaken` when another transaction changed what this one had read: then the same again may go through.
 */
export async function applySteps(
  asker: Asker,
  { sql, queues }: { readonly sql: Sql; readonly queues: Queues },
  steps: readonly Step[],
  commit: () => void = () => {},
): Promise<Applied> {
  await queues.learn(asker, namesIn(steps))
  const decision = decide(steps, await load(asker, sql, steps), queues)
  const made = await prepareQueues(asker, sql, decision.sends, queues)
  const ids = new Map(made.map(({ name, id }) => [name, id]))
  const queueIdOf = (name: string) => ids.get(name) ?? queues.get(name)?.id ?? 0

  const { changes } = decision
  const sends = chunks(decision.sends).map((part): Call => [sql.sendJobs, [sendJson(part, queueIdOf)]])
  const first = [...changes.before(sql), ...changes.moves(sql)]
  const last = [...putCalls(decision, sql), ...changes.after(sql, queueIdOf)]
  const running = asker.run([...first, ...sends, ...last])
  commit()
  const rows = await running
  const answers = rows.map(([row]) => JSON.parse((row as { answer?: string } | undefined)?.answer ?? 'null') as unknown)
  const sent = (answers.slice(first.length, first.length + sends.length) as (readonly number[])[]).flat()
  return { results: decision.results(sent), made, isBehind: last.length > 0 && answers.at(-1) === true }
}

function* namesIn(steps: readonly Step[]): Generator<string> {
  for (const { settle, send = [] } of steps) {
    if (settle) yield settle.lease.queue
    for (const { queue } of send) yield queue
  }
}

async function load(asker: Asker, sql: Sql, steps: readonly Step[]): Promise<Loaded> {
  const settles = steps.flatMap(({ settle }) => (settle ? [settle] : []))
  const ids = arrayText([...new Set(settles.map(({ job }) => numberOf(job)).filter((id) => !Number.isNaN(id)))])
  const epochs = arrayText([...new Set(settles.map(({ lease }) => lease.epoch))])
  const keys = [...new Set(steps.flatMap(({ put = [] }) => put.map(({ key }) => key)))]
  const jobKeys = steps.flatMap(({ send = [] }) =>
    send.flatMap(({ queue, key }) => (key === undefined ? [] : [{ queue, key }])),
  )

  // Jobs before leases: what is read of a lease is then not older than what holds its jobs.
  const calls: (Call | null)[] = [
    settles.length > 0 ? [sql.holdJobs, [ids]] : null,
    settles.length > 0 ? [sql.readLeases, [epochs, ids]] : null,
    keys.length > 0 ? [sql.holdRecords, [jsonOf(keys)]] : null,
    jobKeys.length > 0 ? [sql.keyHolders, [jsonOf(distinct(jobKeys))]] : null,
  ]
  const asked = calls.filter((call) => call !== null)
  const rows = await asker.run([[sql.beginSteps, []], ...asked, [sql.beginSteps, []]])
  const answers = rows.slice(1, -1).map(([row]) => JSON.parse((row as { answer: string }).answer) as never)
  const [jobs, leases, records, holders] = calls.map((call) => (call === null ? [] : (answers.shift() ?? [])))
  const [[begun], [held]] = [rows[0] ?? [], rows.at(-1) ?? []]
  // The first gave the transaction its number; the second is the clock once all is held.
  const { now_ms, last_version } = { ...begun, ...held } as { now_ms: number | string; last_version: number | string }
  return {
    nowMs: Number(now_ms),
    lastVersion: Number(last_version),
    jobs: jobs as Loaded['jobs'],
    leases: leases as Loaded['leases'],
    records: records as Loaded['records'],
    holders: holders as Loaded['holders'],
  }
}

function distinct<Key extends { readonly queue: string; readonly key: string }>(keys: readonly Key[]): Key[] {
  return [...new Map(keys.map((one) => [`${one.queue}\0${one.key}`, one])).values()]
}

/** Makes queues and lanes that jobs are the first to go to. */
async function prepareQueues(
  asker: Asker,
  sql: Sql,
  sends: readonly Sending[],
  queues: Queues,
): Promise<readonly QueueRow[]> {
  const ranks = new Map<string, Set<number>>()
  for (const { queue, rank } of sends) {
    if (queues.get(queue)?.lanes.has(rank)) continue
    const known = ranks.get(queue) ?? new Set()
    ranks.set(queue, known.add(rank))
  }
  return ranks.size === 0 ? [] : makeQueues(asker, sql, ranks)
}

/** Parts of jobs that each fit into one parameter. */
function chunks(sends: readonly Sending[]): readonly (readonly Sending[])[] {
  const parts: Sending[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const send of sends) {
    bytes += send.payload.length
    if (bytes > BYTES_MAX) {
      parts.push([])
      bytes = send.payload.length
    }
    parts.at(-1)?.push(send)
  }
  return parts
}

const sendJson = (sends: readonly Sending[], queueIdOf: (queue: string) => number): string =>
  jsonOf(sends.map(({ queue, ...job }) => ({ queue_id: queueIdOf(queue), ...job })))

function putCalls({ puts }: Decision, { putRecords, tellWatchers }: Sql): readonly Call[] {
  const { changed, added, dropped, drawn, lastVersion } = puts
  if (changed.length + added.length + dropped.length + drawn === 0) return []
  const values = [
    jsonOf(Object.fromEntries(changed.map(({ key, ...record }) => [key, record]))),
    jsonOf(added),
    jsonOf(dropped),
    drawn,
    lastVersion,
  ]
  const keys = [...changed.map(({ key }) => key), ...added.map(({ key }) => key), ...dropped]
  const topics = new Set(keys.map(topicOf).filter((topic) => topic !== undefined))
  const told: Call[] = topics.size === 0 ? [] : [[tellWatchers, [jsonOf([...topics])]]]
  return [[putRecords, values], ...told]
}
