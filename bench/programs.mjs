import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../scripts/install.mjs'

/** Hob's program, as npm links it. */
export const HOB = join(root, 'dist/bin/hob.cjs')

/** Runs a program to its end, which must be a good one, and answers how long that took and what it printed. */
export function run(command, args, options = {}) {
  const startedMs = performance.now()
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    ...options,
    // Settings of whoever runs the benchmark shall not reach what is measured.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
  })
  const ms = performance.now() - startedMs
  if (status === 0) return { ms, stdout }
  throw new Error(`${command} ${args.join(' ')}: ${error ?? signal ?? `exit status ${status}`}\n${stderr}`)
}

export const runNode = (args, options) => run(process.execPath, args, options)

/** Where the tasks shall leave profiles of the processor's time; null: nowhere, since profiling slows them. */
export const profiles = { folder: null }

/** Runs one of `tasks/` in a process of its own, so that no side warms or burdens another; answers what it reports. */
export function runTask(name, task) {
  const file = fileURLToPath(new URL(`./tasks/${name}.mjs`, import.meta.url))
  const { stdout } = runNode([...profileFlags(name, task), file, JSON.stringify(task)], { cwd: task.folder })
  return JSON.parse(stdout.trimEnd().split('\n').at(-1))
}

export const hasProgram = (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0

/** The same after another process has put the task's jobs on the queue: what is measured has not been warmed by it. */
export function runTaskFilled(name, task) {
  runTask('fill', task)
  return runTask(name, task)
}

let profileCount = 0

function profileFlags(name, { library }) {
  if (profiles.folder === null) return []
  const file = `${String(++profileCount).padStart(3, '0')}-${[name, library].filter(Boolean).join('-')}.cpuprofile`
  return ['--cpu-prof', '--cpu-prof-interval', '500', '--cpu-prof-dir', profiles.folder, '--cpu-prof-name', file]
}
