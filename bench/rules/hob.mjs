import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { NotHere } from '../benchmark.mjs'
import { HOB } from '../programs.mjs'
import { runWatched } from './watched.mjs'

const MODULES = fileURLToPath(new URL('./modules', import.meta.url))

/** Asked once. */
let isThere

/** Runs a rule over the prepared file as its users do, in a process of its own. */
export function ruleRun(rule, { folder, prepared }, { threads, args = [] }) {
  isThere ??= `${spawnSync(process.execPath, [HOB, 'rule', 'run', '--help']).stdout}`.includes('rule run')
  if (!isThere) throw new NotHere('This build has no hob rule run.')
  const all = [HOB, 'rule', 'run', rule, '--rules', MODULES, '-j', String(threads), '-u', prepared, ...args]
  return runWatched(process.execPath, all, { folder })
}
