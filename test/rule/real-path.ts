// A rule as it runs, without threads and jobs: pieces, map tasks with spills, Parquet, partitions, result files.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { RunCounters } from '#hob/rule/counters.js'
import { rule as ruleOf } from '#hob/rule/definition.js'
import type { Piece } from '#hob/rule/input.js'
import { planPieces } from '#hob/rule/map/plan-pieces.js'
import { addCounters, emptyCounters } from '#hob/rule/map/run-counters.js'
import { runMap } from '#hob/rule/map/run-map.js'
import { condense } from '#hob/rule/result/condense.js'
import type { Duck } from '#hob/rule/result/duck.js'
import { finishResults } from '#hob/rule/result/finish.js'
import { reduceTask } from '#hob/rule/result/reduce.js'
import { writeResult } from '#hob/rule/result/write-result.js'
import type { RuleOptions } from '#hob/rule/rule.js'

/** How the work is cut, which shall not show. */
export interface Cut {
  /** Files become blobs of so many bytes; or parts of a plain file. */
  readonly piecesBytes: number
  /** Which task takes a piece, by turns. */
  readonly tasks: number
  /** Groups that a task holds before it spills. */
  readonly groupsMax: number
  readonly isGzip: boolean
}

/** What a rule made of files. */
export interface Real {
  readonly csv: Readonly<Record<string, string>>
  readonly counters: RunCounters
}

/** Runs a rule over files so cut. */
export async function runThrough(
  options: RuleOptions,
  files: readonly Buffer[],
  { cut, duck }: { readonly cut: Cut; readonly duck: Duck },
): Promise<Real> {
  const folder = await mkdtemp(join(tmpdir(), 'hob-rule-'))
  try {
    const paths = files.map((_, index) => join(folder, `input-${index}`))
    const stored = files.map((bytes) => (cut.isGzip ? gzipSync(bytes) : bytes))
    for (const [index, bytes] of stored.entries()) await writeFile(paths[index] ?? '', bytes)
    return await mapAndReduce(options, { folder, paths, cut, duck })
  } finally {
    await rm(folder, { recursive: true })
  }
}
