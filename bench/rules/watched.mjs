import { spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { processorUs } from '../processor-time.mjs'

/** Peaks and times stay in /proc until the process ends, so that only what comes in its last moment is missed. */
const LOOK_MS = 20

/**
 * Runs a program to its end, which must be a good one: the time of the whole process and the processor's, its peak memory, and the file
 * that has what it printed. Memory from /proc, because getrusage counts what the process was before it became this program.
 */
export async function runWatched(command, args, { folder, cwd = folder, env = {} }) {
  const file = join(folder, 'answer')
  const out = createWriteStream(file)
  const startedMs = performance.now()
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Settings of whoever runs the benchmark shall not reach what is measured.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  })
  let peakKb = 0
  let cpuUs = 0
  const look = setInterval(() => {
    peakKb = Math.max(peakKb, peakOf(child.pid))
    cpuUs = Math.max(cpuUs, processorUs(child.pid))
  }, LOOK_MS)
  let faults = ''
  child.stderr.on('data', (text) => (faults = `${faults}${text}`.slice(-10_000)))
  child.stdout.pipe(out)
  const [code] = await Promise.all([ended(child), new Promise((resolve) => out.on('finish', resolve))])
  const ms = performance.now() - startedMs
  clearInterval(look)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${code}\n${faults}`)
  return { ms, cpuUs, peakMb: peakKb / 1_024, file }
}

/** Runs one of `tasks/` so; it prints its answer. */
export function runTaskWatched(name, { folder, prepared, ...task }) {
  const file = fileURLToPath(new URL(`../tasks/${name}.mjs`, import.meta.url))
  return runWatched(process.execPath, [file, JSON.stringify({ ...task, folder, file: prepared })], { folder })
}

const ended = (child) =>
  new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? signal))
  })

function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    // It has ended meanwhile.
    return 0
  }
}
