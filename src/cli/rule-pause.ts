import { keptRule, setPaused } from '../rule/kept-rule.js'
import { tryRuleNow } from '../rule/run/run-care.js'
import { type Command, defineCommand, type Invocation } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import type { OptionValues } from './option.js'
import { visible } from './print/visible.js'
import { nameRule } from './rule-names.js'
import { rulesOption } from './rules-option.js'

const ARGS = [{ syntax: '<rule>', summary: 'The rule, as hob rule ls shows it.', completes: 'rule' }] as const

const OPTIONS = { rules: rulesOption }

/** `hob rule pause`. */
export const rulePause: Command = defineCommand({
  args: ARGS,
  options: OPTIONS,
  examples: [
    { line: 'hob rule pause names.last_names_json', says: 'No daemon starts it; a run that has begun goes on.' },
  ],
  notes: 'It lasts until hob rule resume, for all daemons on the kitchen. hob rule run still runs it.',
  run: (invocation) => pause(invocation, true),
})

/** `hob rule resume`. */
export const ruleResume: Command = defineCommand({
  args: ARGS,
  options: OPTIONS,
  examples: [{ line: 'hob rule resume names.last_names_json', says: 'It runs when it has its blobs and is due.' }],
  notes: 'A run of it that waits to try again, or to write its result again, does so at once.',
  run: (invocation) => pause(invocation, false),
})

async function pause(
  {
    args: [name = ''],
    options: { rules },
    globals: { json },
    terminal,
    openBroker,
  }: Invocation<OptionValues<typeof OPTIONS>>,
  isPaused: boolean,
): Promise<number> {
  // A rule may be paused before the first daemon starts; there is nothing to resume before.
  const broker = await openBroker({ create: isPaused })
  const rule = await nameRule(name, { broker, rules, terminal })
  const wasPaused = await setPaused(broker, rule, isPaused)
  const kept = await keptRule(broker, rule)
  const triedNow = isPaused ? null : await tryRuleNow(broker, rule)
  const { out } = terminal
  if (json) out.json({ rule, wasPaused, isPaused: kept.rule.isPaused, triedNow })
  else {
    const again = triedNow === null ? '' : `; ${triedNow} tries again now`
    out.line(visible(`rule ${rule} ${tell(isPaused, wasPaused)}${again}`))
  }
  return EXIT_OK
}

function tell(isPaused: boolean, wasPaused: boolean): string {
  if (isPaused) return wasPaused ? 'was paused already' : 'is paused'
  return wasPaused ? 'goes on' : 'was not paused'
}
