import type { JobId } from './job-store.js'

/** How a finding is to be taken: as it should be; worth knowing, and maybe meant so; a promise is broken or soon will be. */
export type FindingLevel = 'good' | 'note' | 'bad'

/** One thing that was found out about a kitchen. */
export interface Finding {
  /** What it is about, in a word or two, like `disk space`. No two findings of a diagnosis have the same. */
  readonly topic: string
  readonly level: FindingLevel
  /** What was found, in one line of plain words. */
  readonly found: string
  /** What to do about it, in one line; null when nothing is to be done. What is bad always has one. */
  readonly advice: string | null
}

/** How far to look. */
export interface Examination {
  /** Also reads all that is stored, to see that it is whole. That takes as long as reading it takes. */
  readonly deep?: true
}

/** What only the engine can know of its store. */
export interface Diagnosis {
  /** What an acknowledged job survives and what not, in one sentence: settings and all that was found considered. */
  readonly survives: string
  /** One of them has the topic `durability`: what is on the disk when a job is acknowledged. */
  readonly findings: readonly Finding[]
  /**
   * Jobs in error because they crashed too often (law 7), of each queue the newest first; at most `SET_ASIDE_TOLD_MAX`.
   * Looked for among the newest `SET_ASIDE_LOOK_MAX` that ended badly, in the `SET_ASIDE_QUEUES_MAX` queues with most errors.
   */
  readonly setAside: readonly JobId[]
}

/** Errors of one queue that a diagnosis looks through, so that it is quick however long the history. */
export const SET_ASIDE_LOOK_MAX = 1_000

/** Queues in which a diagnosis looks for them. */
export const SET_ASIDE_QUEUES_MAX = 100

/** Jobs that a diagnosis names as set aside. */
export const SET_ASIDE_TOLD_MAX = 100

/** The queues in which jobs that were set aside are looked for, those with most errors first. */
export const queuesToLookInto = <Queue>(
  queues: readonly Queue[],
  errorsOf: (queue: Queue) => number,
): readonly Queue[] =>
  queues
    .filter((queue) => errorsOf(queue) > 0)
    .sort((a, b) => errorsOf(b) - errorsOf(a))
    .slice(0, SET_ASIDE_QUEUES_MAX)

/** A finding that is as it should be. */
export const good = (topic: string, found: string): Finding => ({ topic, level: 'good', found, advice: null })

/** A finding that is worth knowing. */
export const note = (topic: string, found: string, advice: string | null = null): Finding => ({
  topic,
  level: 'note',
  found,
  advice,
})

/** A finding that must not stay so. */
export const bad = (topic: string, found: string, advice: string): Finding => ({ topic, level: 'bad', found, advice })
