import { standingOf } from '../rule/daemon/standing.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { visible } from './print/visible.js'
import { loadFolder, pickRule } from './rule-names.js'
import { ruleView } from './rule-view.js'
import { rulesOption } from './rules-option.js'

/** `hob rule why`. */
export const ruleWhy: Command = defineCommand({
  args: [{ syntax: '<rule>', summary: 'The rule, as hob rule ls shows it.', completes: 'rule' }],
  options: { rules: rulesOption },
  examples: [
    { line: 'hob rule why names.last_names_json', says: 'Such as: has 3 of 5 blobs; not due before 12:05' },
    { line: 'hob rule why names.last_names_json --json', says: 'All reasons, for a script.' },
  ],
  async run({ args: [name = ''], options: { rules }, globals, terminal, openBroker }) {
    const rule = pickRule(name, await loadFolder({ rules, terminal }))
    const broker = await openBroker()
    const { nowMs } = await broker.describe()
    const standing = await standingOf(broker, rule, { nowMs, sinceMs: nowMs })
    const view = ruleView(standing, nowMs)
    if (globals.json) terminal.out.json({ ...view, reasons: standing.reasons, nowMs })
    else terminal.out.line(`${visible(view.rule)}: ${visible(view.why)}`)
    return EXIT_OK
  },
})
