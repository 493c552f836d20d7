// A rule as it runs, without threads and jobs: pieces, map tasks with spills, Parquet, partitions, result files.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { BadRow, RunCounters } from '#hob/rule/counters.js'
import { rule as ruleOf } from '#hob/rule/definition.js'
import type { EngineChoice, GroupPlan, MapPath } from '#hob/rule/groups/group-plan.js'
import { findVerdict } from '#hob/rule/groups/verdict.js'
import type { InputFile, Piece } from '#hob/rule/input.js'
import { planPieces } from '#hob/rule/map/plan-pieces.js'
import { runMap } from '#hob/rule/map/run-map.js'
import type { MapTask } from '#hob/rule/map-output.js'
import { csvLine } from '#hob/rule/result/cell-text.js'
import { condense } from '#hob/rule/result/condense.js'
import { copyCsv } from '#hob/rule/result/csv-copy.js'
import type { Duck } from '#hob/rule/result/duck.js'
import { finishResults } from '#hob/rule/result/finish.js'
import { reduceTask } from '#hob/rule/result/reduce.js'
import type { MapFile } from '#hob/rule/result/reduce-task.js'
import { writeResult } from '#hob/rule/result/write-result.js'
import type { RuleDefinition, RuleOptions } from '#hob/rule/rule.js'

/** How the work is cut, which shall not show. */
export interface Cut {
  /** Files are cut into pieces of about so many bytes, unless they are compressed. */
  readonly piecesBytes: number
  /** Pieces go to so many tasks, by turns. */
  readonly tasks: number
  /** Groups that a task holds before it spills. */
  readonly groupsMax: number
  readonly isGzip: boolean
  /** Rows unless given; by groups, whatever the input is, where the rule can be. */
  readonly engine?: EngineChoice
}

/** What a rule made of files. */
export interface Real {
  readonly csv: Readonly<Record<string, string>>
  readonly counters: readonly RunCounters[]
  /** Of all tasks. */
  readonly badRows: readonly BadRow[]
  readonly paths: readonly MapPath[]
}

/** No module: there are no threads that would load it. */
const ADDRESS = { module: '/nowhere.ts', rule: 'planned' }

interface Work {
  readonly rule: RuleDefinition
  readonly folder: string
  readonly cut: Cut
  readonly duck: Duck
}

/** Runs a rule over files so cut. */
export async function runThrough(
  options: RuleOptions,
  files: readonly Buffer[],
  { cut, duck }: Pick<Work, 'cut' | 'duck'>,
): Promise<Real> {
  const folder = await mkdtemp(join(tmpdir(), 'hob-rule-'))
  try {
    const work = { rule: ruleOf(options), folder, cut, duck }
    const mapped = await mapAll(work, await writeInputs(work, files))
    const csv = await reduceAll(work, mapped.files)
    return { csv, counters: mapped.counters, badRows: mapped.badRows, paths: mapped.paths }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function writeInputs({ folder, cut }: Work, files: readonly Buffer[]): Promise<readonly InputFile[]> {
  const inputs: InputFile[] = []
  for (const [index, bytes] of files.entries()) {
    const file = join(folder, `input-${index}`)
    await writeFile(file, cut.isGzip ? gzipSync(bytes) : bytes)
    inputs.push({ name: `input-${index}`, tag: null, file, kind: 'input', hash: null })
  }
  return inputs
}

async function mapAll({ rule, folder, cut, duck }: Work, inputs: readonly InputFile[]) {
  const pieces = await planPieces(rule.input, inputs, { piecesBytes: cut.piecesBytes })
  const groups: Piece[][] = Array.from({ length: cut.tasks }, () => [])
  for (const [index, piece] of pieces.entries()) groups[index % cut.tasks]?.push(piece)
  const files: MapFile[] = []
  const counters: RunCounters[] = []
  const badRows: BadRow[] = []
  const paths: MapPath[] = []
  const plan = await planOf({ rule, cut }, pieces)
  for (const [index, group] of groups.entries()) {
    const name = `map-${index}`
    const task: MapTask = {
      ...{ address: ADDRESS, keyset: null, params: rule.params, pieces: group },
      ...{ folder, name, groupsMax: cut.groupsMax, groups: plan },
    }
    const output = await runMap(rule, task, {
      onProgress: () => {},
      signal: new AbortController().signal,
      openParquet: noParquet,
    })
    files.push(...(await condense(duck, rule, output, { folder, name })))
    counters.push(output.counters)
    badRows.push(...output.badRows)
    paths.push(output.path)
  }
  return { files, counters, badRows, paths }
}

async function planOf({ rule, cut }: Pick<Work, 'rule' | 'cut'>, pieces: readonly Piece[]): Promise<GroupPlan | null> {
  const { engine: choice = 'rows' } = cut
  if (rule.options.map !== undefined) return null
  return (await findVerdict(rule, { keyset: null, params: rule.params, choice, pieces, openParquet: noParquet })).plan
}

const noParquet = (): never => {
  throw new Error('this one reads text')
}

async function reduceAll({ rule, folder, duck }: Work, files: readonly MapFile[]): Promise<Record<string, string>> {
  const outputs = await Promise.all(
    Array.from({ length: rule.partitions }, (_, partition) => {
      const place = { address: ADDRESS, keyset: null, params: rule.params, folder, name: `reduce-${partition}` }
      return reduceTask(duck, rule, { ...place, partition, files })
    }),
  )
  const csv: Record<string, string> = {}
  for (const result of await finishResults(duck, rule, outputs, { folder, name: 'result' })) {
    const file = join(folder, `${result.keyset}.csv`)
    await writeResult(duck, result, 'csv', file)
    csv[result.keyset] = await readFile(file, 'utf8')
    // Long results go another way.
    const copy = join(folder, `${result.keyset}.copy`)
    if (await copyCsv(duck, result, copy)) {
      const header = csvLine(result.columns.map(({ name }) => name))
      assert.equal(`${header}${await readFile(copy, 'utf8')}`, csv[result.keyset])
    }
  }
  return csv
}
