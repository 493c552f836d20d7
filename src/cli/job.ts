import type { Broker } from '../broker/broker.js'
import type { JobLife } from '../broker/control.js'
import type { JobId } from '../broker/job-store.js'
import { type JobNotes, readNotes } from '../queue/notes.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { jobJson } from './job-json.js'
import { JOB_STORY, lifeStory } from './life-story.js'

/** `hob job`. */
export const job: Command = defineCommand({
  args: [{ syntax: '<id...>', summary: 'The ids of jobs, as hob jobs shows them.' }],
  options: {},
  examples: [
    { line: 'hob job 42', says: 'What it is, who tried it and when, what came of it, and what happens next.' },
    { line: "hob job 42 --json | jq '.[0].result'", says: 'For a script: an array, a job for each id.' },
  ],
  async run({ args: ids, globals, terminal: { out }, openBroker }) {
    const broker = await openBroker({ create: false })
    const { nowMs } = await broker.describe()
    const found = (await Promise.all(ids.map((id) => readJob(broker, id)))).filter((job) => job !== undefined)
    if (globals.json) out.json(found.map(({ life, notes }) => ({ ...jobJson(life), ...(notes ?? NO_NOTES) })))
    else {
      const telling = { nowMs, paint: out.paint, words: JOB_STORY }
      const stories = found.map(({ life, notes }) => lifeStory(life, { ...telling, notes }).join('\n'))
      if (stories.length > 0) out.line(stories.join('\n\n'))
    }
    const missing = ids.filter((id) => !found.some(({ life }) => life.id === id))
    if (missing.length === 0) return EXIT_OK
    throw new CliError('failed', `there is no job ${missing.map((id) => `'${id}'`).join(', ')}`, {
      hint: 'hob jobs QUEUE lists them; one that has ended may have been dropped from history, as the queue keeps it.',
    })
  },
})

const NO_NOTES: JobNotes = { progress: null, log: [], droppedCount: 0 }

async function readJob(broker: Broker, id: JobId): Promise<{ life: JobLife; notes: JobNotes | undefined } | undefined> {
  const [life, notes] = await Promise.all([broker.job(id), readNotes(broker, id)])
  return life && { life, notes }
}
