import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { KeptRecord, Records } from '../broker/records.js'
import { parseJson } from '../core/json.js'
import { allRecords } from './all-records.js'

/** Records of nodes stand under this prefix. */
export const PRESENCE_PREFIX = 'node/'

/**
 * What names one process among all that ever ran: a pid alone comes again, and means nothing on another machine.
 */
export interface ProcessIdentity {
  readonly host: string
  readonly pid: number
  /** Where the pid counts: boot and pid namespace on Linux, else the host's name. */
  readonly machine: string
  /** When the process started, in the kernel's own ticks since boot; null where that cannot be read. */
  readonly processStart: string | null
}

/** What a running node tells about itself, as the JSON value of its record. */
export interface NodePresence extends ProcessIdentity {
  /** The name under which it holds leases. */
  readonly name: string
  /** What it does, like `waiter`: see {@link NodeRole}; a newer Hob may know more. */
  readonly role: string
  /** The queue that it works, several with commas between them; empty for one that works none. */
  readonly queue: string
  /** Jobs that it does at once; 0 for one that does none. */
  readonly concurrency: number
  /** When it began, in milliseconds since 1970 on its own clock. */
  readonly startedMs: number
  /** Jobs that ended well, and that did not, since it began. */
  readonly done: number
  readonly failed: number
  /** What it says about what it does now; absent: nothing. */
  readonly message?: string
  /** When it wrote this, on its own clock; absent from what was written before the heartbeat began, or by an older Hob. */
  readonly seenMs?: number
  /** The same moment on the store's clock, as the node reckons it; absent when it could not ask. */
  readonly seenStoreMs?: number
}

/** What a node of this version does. */
export type NodeRole = 'waiter' | 'worker' | 'marble' | 'monitor' | 'loader' | 'rules'

/** Roles that do no jobs themselves, and so hold no leases. */
const AROUND: readonly string[] = ['monitor', 'loader', 'rules'] satisfies NodeRole[]

/** Whether a node does jobs; one of a role that this version does not know may. */
export const doesJobs = ({ role }: NodePresence): boolean => !AROUND.includes(role)

/** The identity of this very process. */
export async function thisProcess(): Promise<ProcessIdentity> {
  const processStart = kernelView(process.pid)?.start ?? null
  return { host: hostname(), pid: process.pid, machine: await thisMachine(), processStart }
}

/**
 * Where the pids of this process count. Two containers on one computer share its boot and differ in their pid
 * namespace; a computer that has started again has another boot (proc(5), namespaces(7)).
 */
export async function thisMachine(): Promise<string> {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
    return `${boot.trim()}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    // Not Linux, or /proc is hidden: the name is the best that there is.
    return hostname()
  }
}

/** Reads a node's record; undefined when it is none that this version understands. */
export function readPresence({ value }: KeptRecord): NodePresence | undefined {
  const presence = parseJson(value) as Partial<NodePresence> | null
  // Zero and less name groups of processes to kill(2).
  const isComplete = typeof presence?.name === 'string' && Number.isInteger(presence.pid) && Number(presence.pid) > 0
  return isComplete ? ({ processStart: null, ...presence } as NodePresence) : undefined
}

/** All nodes that announced themselves and whose records still live. */
export async function readNodes(records: Pick<Records, 'records'>): Promise<readonly NodePresence[]> {
  const found = await allRecords(records, PRESENCE_PREFIX)
  return found.map(readPresence).filter((node) => node !== undefined)
}

/**
 * The names of nodes on this machine whose process is certainly gone. A node elsewhere is never among them: only the
 * end of its lease tells. Nor is a name that also belongs to a node that may live.
 */
export async function goneNodes(nodes: readonly NodePresence[]): Promise<string[]> {
  if (nodes.length === 0) return []
  const machine = await thisMachine()
  const verdicts = await Promise.all(
    nodes.map(async (node) => ({ name: node.name, isGone: await isGone(node, machine) })),
  )
  const alive = new Set(verdicts.filter(({ isGone }) => !isGone).map(({ name }) => name))
  return [...new Set(verdicts.map(({ name }) => name))].filter((name) => !alive.has(name))
}

/** Whether a node's process is certainly gone, as far as can be told on `machine`. */
export const isGone = async (node: ProcessIdentity, machine: string): Promise<boolean> =>
  node.machine === machine && (await hasEnded(node))

async function hasEnded({ pid, processStart }: ProcessIdentity): Promise<boolean> {
  if (!isSignalable(pid)) return true
  const kernel = kernelView(pid)
  if (!kernel) return false
  // A zombie has ended and only waits for its parent; another start means that the pid was given away again.
  return 'ZX'.includes(kernel.state) || (processStart !== null && kernel.start !== processStart)
}

/** Whether a process has this pid; one that belongs to somebody else (EPERM) counts. */
function isSignalable(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/**
 * State and start of a process as the kernel tells them: fields 3 and 22 of /proc/PID/stat (proc(5)). At once, as /proc is no disk:
 * to load what reads files otherwise takes 2 ms.
 */
function kernelView(pid: number): { state: string; start: string } | undefined {
  const text = statOf(pid)
  // The command's name stands in parentheses and may hold spaces and parentheses itself: read on from the last one.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, start] = [fields?.[0], fields?.[19]]
  return state !== undefined && start !== undefined ? { state, start } : undefined
}

function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
}
