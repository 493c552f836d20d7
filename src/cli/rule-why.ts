import type { Broker } from '../broker/broker.js'
import type { LoadedRule } from '../rule/daemon/rules-folder.js'
import type { EngineAccount } from '../rule/groups/engine-account.js'
import { whyNever } from '../rule/groups/why-never.js'
import { runHistory } from '../rule/run-history.js'
import { type Command, defineCommand } from './command.js'
import { engineLines } from './engine-words.js'
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
    { line: 'hob rule why names.last_names_json', says: 'What it waits for, and the engine of its last run.' },
    { line: 'hob rule why names.last_names_json --json', says: 'All reasons, for a script.' },
  ],
  async run({ args: [name = ''], options: { rules }, globals, terminal, openBroker }) {
    const rule = pickRule(name, await loadFolder({ rules, terminal }))
    const broker = await openBroker({ create: false })
    const { nowMs } = await broker.describe()
    const view = await ruleView(broker, rule, nowMs)
    const engine = await engineOf(broker, rule)
    if (globals.json) terminal.out.json({ ...view, engine, nowMs })
    else {
      terminal.out.line(`${visible(view.rule)}: ${visible(view.why)}`)
      for (const line of tellEngine(engine)) terminal.out.line(visible(line))
    }
    return EXIT_OK
  },
})

/** What is known of how a rule's records are taken, without running it. */
interface KnownEngine {
  /** Why it is always by rows; null: a sample of the input decides at each run. */
  readonly alwaysRows: string | null
  /** The newest run of which it is known how it went; null: none. */
  readonly run: string | null
  readonly accounts: readonly EngineAccount[]
}

async function engineOf(broker: Pick<Broker, 'records'>, { id, definition }: LoadedRule): Promise<KnownEngine> {
  const last = (await runHistory(broker, id)).find(({ engines = [] }) => engines.length > 0)
  return { alwaysRows: whyNever(definition), run: last?.id ?? null, accounts: last?.engines ?? [] }
}

function tellEngine({ alwaysRows, run, accounts }: KnownEngine): readonly string[] {
  if (alwaysRows !== null) return [`engine  rows: ${alwaysRows}`]
  if (run === null) return ['engine  as a sample of its input will tell']
  return engineLines(accounts).map((line) => `${line} (${run})`)
}
