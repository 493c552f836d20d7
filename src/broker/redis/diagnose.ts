import { CRASHES_MAX } from '../../core/limits.js'
import type { QueueSummary } from '../control.js'
import { type Diagnosis, queuesToLookInto, SET_ASIDE_LOOK_MAX, SET_ASIDE_TOLD_MAX } from '../diagnosis.js'
import type { JobId } from '../job-store.js'
import { redisFindings, survivesOn } from './health.js'
import type { Link } from './link.js'
import { readInfo, readPersistence } from './server.js'
import type { Writer } from './writer.js'

/** What a server says of itself, and what was set aside in the kitchen. Nothing to look into deeper: Redis checks no memory. */
export async function diagnose(link: Link, writer: Writer, queues: readonly QueueSummary[]): Promise<Diagnosis> {
  const info = await readInfo(link)
  const persistence = await readPersistence(link, info)
  const facts = { info, persistence, isStrict: link.place.durability === 'strict' }
  return {
    survives: survivesOn(facts),
    findings: redisFindings(facts),
    setAside: await setAside(link, writer, queues),
  }
}

/** A script for each queue, so that the server does other things in between. */
async function setAside(link: Link, writer: Writer, queues: readonly QueueSummary[]): Promise<readonly JobId[]> {
  const ids: JobId[] = []
  for (const { queue } of queuesToLookInto(queues, ({ counts }) => counts.error)) {
    if (ids.length >= SET_ASIDE_TOLD_MAX) break
    const found = await writer.read(link.scripts.setAside, [queue, SET_ASIDE_LOOK_MAX, CRASHES_MAX])
    ids.push(...(found as readonly JobId[]))
  }
  return ids.slice(0, SET_ASIDE_TOLD_MAX)
}
