import { type Command, defineCommand } from './command.js'
import { findingsOf } from './doctor-findings.js'
import { doctorLines } from './doctor-lines.js'
import { lookAt } from './doctor-view.js'
import { workOf } from './doctor-work.js'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.js'
import { flag } from './option.js'

/** `hob doctor`. */
export const doctor: Command = defineCommand({
  args: [],
  options: {
    deep: flag('--deep', 'Also read all that is stored, to find damage; that takes as long as reading it.'),
  },
  examples: [
    { line: 'hob doctor', says: 'Is all well, and what would survive a power cut?' },
    { line: 'hob doctor || mail -s kitchen me', says: 'From cron: the exit status is 1 when something is BAD.' },
    { line: 'hob doctor --json | jq \'.findings[] | select(.level == "bad")\'', says: 'For a script.' },
  ],
  notes: 'It changes nothing. A note may be meant so; what is BAD breaks a promise, or soon will.',
  async run({ options: { deep }, globals: { json }, terminal: { out }, openBroker }) {
    const broker = await openBroker({ create: false })
    const clock = { nowMs: Date.now, elapsedMs: () => performance.now() }
    const sight = await lookAt(broker, deep ? { deep } : {}, clock)
    const work = workOf(sight)
    const findings = findingsOf(sight, work)
    const { survives } = sight.diagnosis
    const isWell = findings.every(({ level }) => level !== 'bad')
    if (json) out.json({ isWell, survives, kitchen: sight.kitchen, ...sight.trips, work, findings })
    else for (const line of doctorLines(findings, survives, out.paint)) out.line(line)
    return isWell ? EXIT_OK : EXIT_FAILED
  },
})
