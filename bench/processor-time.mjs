import { readdirSync, readFileSync } from 'node:fs'

/** What Linux counts processor time in, for /proc: a hundredth of a second, on every architecture that Node runs on. */
const TICK_US = 10_000

/**
 * The processor's time that a server has used so far, in microseconds: its own, that of the processes which it started,
 * and of those that have ended. To 10 ms each.
 */
export function processorUs(pid) {
  const own = statOf(pid)
  if (own === null) return 0
  const children = childrenOf(pid).map((child) => statOf(child)?.own ?? 0)
  return (own.own + own.ended + children.reduce((sum, ticks) => sum + ticks, 0)) * TICK_US
}

function statOf(pid) {
  const text = read(`/proc/${pid}/stat`)
  if (text === null) return null
  // The name, in brackets, may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number)
  return { own: user + system, ended: endedUser + endedSystem }
}

const childrenOf = (pid) =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter((child) => child !== ''),
  )

/** The memory that a process holds now, in bytes. */
export function residentBytes(pid) {
  const [, kb] = /VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`) ?? '') ?? []
  return Number(kb) * 1_024
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // It has ended meanwhile.
    return null
  }
}
