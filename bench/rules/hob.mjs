import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { NotHere } from '../benchmark.mjs'
import { HOB } from '../programs.mjs'
import { runWatched } from './watched.mjs'

const MODULES = fileURLToPath(new URL('./modules', import.meta.url))

/** Asked once. */
let help

/** Runs a rule as its users do, in a process of its own; over the prepared file unless `input` says otherwise. */
export function ruleRun(rule, { folder, prepared }, { threads = 2, engine, input = ['-u', prepared] }) {
  help ??= `${spawnSync(process.execPath, [HOB, 'rule', 'run', '--help']).stdout}`
  if (!help.includes('rule run')) throw new NotHere('This build has no hob rule run.')
  if (engine !== undefined && !help.includes('--engine')) throw new NotHere('This build has no --engine.')
  const engines = engine === undefined ? [] : ['--engine', engine]
  const args = [HOB, 'rule', 'run', rule, '--rules', MODULES, '-j', String(threads), ...engines, ...input]
  return runWatched(process.execPath, args, { folder })
}
