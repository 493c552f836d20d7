import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { formatCount, plural } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import type { LoadedRules } from '../rule/daemon/rules-folder.js'
import { collectGoneRules, type GoneRule, type GoneRules } from '../rule/gone-rules.js'
import { moduleName } from '../rule/load-module.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { durationWithin, option } from './option.js'
import { visible } from './print/visible.js'
import { isRemoval, removalOptions } from './removal-options.js'
import { loadFolder, rulesFolder } from './rule-names.js'
import { rulesOption } from './rules-option.js'

const DAY_MS = 86_400_000

/** `hob rule gc`. */
export const ruleCollect: Command = defineCommand({
  args: [],
  options: {
    rules: rulesOption,
    ...removalOptions,
    graceMs: option('--grace <time>', 'Leave what ran since then; 30d unless given.', durationWithin('1m', '3650d')),
  },
  examples: [
    { line: 'hob rule gc', says: 'Which rules of the kitchen no module names any more.' },
    { line: 'hob rule gc --remove', says: 'Forget them and their runs.' },
  ],
  notes:
    'Blobs, tags and results stay. So do rules that are paused, that have a run which goes on, that ran within --grace, or whose\n' +
    'module stands elsewhere on this machine; and those of a module that does not load.',
  async run({ options, globals, terminal, openBroker }) {
    const remove = isRemoval(options)
    const { out, err } = terminal
    const place = { rules: options.rules, terminal }
    const folder = rulesFolder(place)
    const loaded = await loadFolder(place)
    if (loaded.rules.length === 0) {
      const hint = '--rules names the folder of those that are there.'
      throw new CliError('failed', `${visible(folder)} has no rules: all would be taken for gone`, { hint })
    }
    const broker = await openBroker({ create: false })
    const { isThere, isElsewhere } = whereRulesAre(loaded, folder)
    const found = await collectGoneRules(broker, {
      isThere,
      isElsewhere,
      remove,
      graceMs: options.graceMs ?? 30 * DAY_MS,
    })
    const { nowMs } = await broker.describe()
    if (globals.json) out.json(found)
    else for (const line of collectedLines(found, nowMs)) out.line(line)
    for (const { message } of loaded.faults) err.line(`hob: ${visible(message)}`)
    return EXIT_OK
  },
})

/** A module that does not load may have any rule of its name. */
function whereRulesAre(
  { rules, faults }: LoadedRules,
  folder: string,
): { isThere(rule: string): boolean; isElsewhere(module: string): boolean } {
  const ids = new Set(rules.map(({ id }) => id))
  const unknown = faults.map(({ file }) => `${moduleName(file)}.`)
  return {
    isThere: (rule) => ids.has(rule) || unknown.some((module) => rule.startsWith(module)),
    isElsewhere: (module) => dirname(module) !== resolve(folder) && existsSync(module),
  }
}

function collectedLines({ isRemoved, rules, keptCount }: GoneRules, nowMs: number): readonly string[] {
  const gone = rules.filter(({ stays }) => stays === null)
  const runs = gone.reduce((sum, { runCount }) => sum + runCount, 0)
  const kept = `${formatCount(keptCount + rules.length - gone.length)} kept`
  const lines = rules.map((rule) => `${visible(rule.rule)}  ${tell(rule, nowMs)}`)
  if (gone.length === 0) return [...lines, `nothing to remove; ${kept}`]
  const what = `${plural(gone.length, 'rule')} (${plural(runs, 'run')}); ${kept}`
  return [...lines, isRemoved ? `forgot ${what}` : `would forget ${what}; add --remove`]
}

function tell({ stays, runCount, lastMs, module }: GoneRule, nowMs: number): string {
  const last = lastMs === null ? 'never ran' : `ran ${formatDuration(Math.max(0, nowMs - lastMs))} ago`
  if (stays === 'paused') return 'stays: it is paused (hob rule resume lets it go)'
  if (stays === 'open') return 'stays: a run of it has not ended (hob rule history tells which)'
  if (stays === 'young') return `stays: it ${last}`
  if (stays === 'elsewhere') return `stays: its module is ${visible(module ?? '')}`
  if (stays === 'changed') return 'stays: it was used just now'
  return `${plural(runCount, 'run')}, ${last}`
}
