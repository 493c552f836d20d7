import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { SpillFile } from '#hob/rule/map-output.js'
import { condense } from '#hob/rule/result/condense.js'
import { Duck } from '#hob/rule/result/duck.js'
import { finishResults } from '#hob/rule/result/finish.js'
import { reduceTask } from '#hob/rule/result/reduce.js'
import { openResult } from '#hob/rule/result/rows.js'
import { isPlain, plainSpills } from '#hob/rule/result/spill-files.js'
import { type ResultFormat, writeResult } from '#hob/rule/result/write-result.js'
import type { ResultFile } from '#hob/rule/result-file.js'
import type { RuleDefinition } from '#hob/rule/rule.js'

/** A DuckDB and a folder, for the tests of one file. */
export interface Kitchenette {
  readonly duck: Duck
  readonly folder: string
  close(): Promise<void>
}

export async function openDuck(memoryBytes = 256 * 1024 * 1024): Promise<Kitchenette> {
  const folder = mkdtempSync(join(tmpdir(), 'hob-result-'))
  const duck = await Duck.open({ memoryBytes, threads: 2, folder })
  return {
    duck,
    folder,
    async close() {
      await duck.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

let runs = 0

/** All that comes after the map: the results of spills, given by map task. */
export async function resultsOf(
  { duck, folder }: Kitchenette,
  rule: RuleDefinition,
  tasks: readonly (readonly SpillFile[])[],
): Promise<readonly ResultFile[]> {
  const run = `r${++runs}`
  const files = []
  for (const [at, spills] of tasks.entries()) {
    // As small tasks leave them, every other one.
    const isAsItIs = (spill: SpillFile) => rule.partitions === 1 && at % 2 === 1 && isPlain(spill)
    files.push(...(await plainSpills(spills.filter(isAsItIs))))
    const others = spills.filter((spill) => !isAsItIs(spill))
    files.push(...(await condense(duck, rule, others, { folder, name: `${run}-m${at}` })))
  }
  const outputs = []
  const address = { module: '/none', rule: rule.name }
  for (let partition = 0; partition < rule.partitions; partition++) {
    const task = { address, keyset: null, params: rule.params, partition, files, folder, name: `${run}-p${partition}` }
    outputs.push(await reduceTask(duck, rule, task))
  }
  return finishResults(duck, rule, outputs, { folder, name: `${run}-result` })
}

/** All rows of a result. */
export async function rowsOf({ duck }: Kitchenette, result: ResultFile): Promise<readonly (readonly unknown[])[]> {
  const rows = []
  for await (const batch of openResult(result, duck).batches()) rows.push(...batch)
  return rows
}

/** A result as it is written to a stream. */
export async function textOf({ duck }: Kitchenette, result: ResultFile, format: ResultFormat): Promise<string> {
  const chunks: Buffer[] = []
  const out = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  await writeResult(duck, result, format, out)
  return Buffer.concat(chunks).toString()
}
