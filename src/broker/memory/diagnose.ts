import { CRASHES_MAX } from '../../core/limits.js'
import { type Diagnosis, note, queuesToLookInto, SET_ASIDE_LOOK_MAX, SET_ASIDE_TOLD_MAX } from '../diagnosis.js'
import type { JobId } from '../job-store.js'
import { byEnd } from './job.js'
import type { Queue } from './queue.js'
import type { MemoryStore } from './store.js'

/** What a memory kitchen knows of itself: there is no disk, no server and no setting that could be wrong. */
export const diagnose = ({ queues }: MemoryStore): Diagnosis => ({
  survives: 'An acknowledged job survives until this process ends, and no longer.',
  findings: [
    note('durability', 'the kitchen is in the memory of this process', 'Name a file, like sqlite:.hob/hob.db.'),
  ],
  setAside: queuesToLookInto([...queues.values()], ({ counts }) => counts.error)
    .flatMap(setAside)
    .slice(0, SET_ASIDE_TOLD_MAX),
})

function setAside({ failed }: Queue): readonly JobId[] {
  const errors = failed.items.filter(({ state }) => state === 'error').sort((a, b) => byEnd(b, a))
  return errors
    .slice(0, SET_ASIDE_LOOK_MAX)
    .filter(({ crashes }) => crashes >= CRASHES_MAX)
    .map(({ id }) => id)
}
