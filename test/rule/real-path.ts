// A rule as it runs, without threads and jobs: pieces, map tasks with spills, Parquet, partitions, result files.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { BadRow, RunCounters } from '#hob/rule/counters.js'
import { rule as ruleOf } from '#hob/rule/definition.js'
import type { EngineChoice, GroupPlan, MapPath } from '#hob/rule/groups/group-plan.js'
import { ParquetScanner } from '#hob/rule/groups/parquet-groups.js'
import type { ScannedGroup } from '#hob/rule/groups/scanned.js'
import { findVerdict, type VerdictLook } from '#hob/rule/groups/verdict.js'
import type { InputFile, Piece } from '#hob/rule/input.js'
import type { KeptGroups, KeptScan } from '#hob/rule/kept/kept-groups.js'
import { keptAsParquet, keptGroups } from '#hob/rule/kept/kept-parquet.js'
import { GROUPS_LOOKED, planKept } from '#hob/rule/kept/kept-plan.js'
import { mapKept } from '#hob/rule/kept/map-kept.js'
import { planPieces } from '#hob/rule/map/plan-pieces.js'
import { runMap } from '#hob/rule/map/run-map.js'
import type { MapOutput, MapTask } from '#hob/rule/map-output.js'
import { csvLine } from '#hob/rule/result/cell-text.js'
import { condense } from '#hob/rule/result/condense.js'
import { copyCsv } from '#hob/rule/result/csv-copy.js'
import type { Duck } from '#hob/rule/result/duck.js'
import { finishResults } from '#hob/rule/result/finish.js'
import { reduceTask } from '#hob/rule/result/reduce.js'
import type { MapFile } from '#hob/rule/result/reduce-task.js'
import { writeResult } from '#hob/rule/result/write-result.js'
import type { ResultColumn, RuleDefinition, RuleOptions } from '#hob/rule/rule.js'

/** How the work is cut, which shall not show. */
export interface Cut {
  /** Files are cut into pieces of about so many bytes, unless they are compressed. */
  readonly piecesBytes: number
  /** Pieces go to so many tasks, by turns. */
  readonly tasks: number
  /** Groups that a task holds before it spills. */
  readonly groupsMax: number
  readonly isGzip: boolean
  /** Rows unless given. */
  readonly engine?: EngineChoice
}

/** What tasks tell of a run. */
export interface Told {
  readonly counters: readonly RunCounters[]
  /** Of each task: those that it lists, and its file of all. */
  readonly bad: readonly { readonly list: readonly BadRow[]; readonly file: string }[]
  readonly paths: readonly MapPath[]
}

/** What a rule made of files. */
export interface Real extends Told {
  readonly csv: Readonly<Record<string, string>>
  readonly columns: Readonly<Record<string, readonly ResultColumn[]>>
}

/** What its map tasks made. */
export interface Mapped<Held> extends Told {
  readonly held: Held
}

/** No module: there are no threads that would load it. */
const ADDRESS = { module: '/nowhere.ts', rule: 'planned' }

interface Work {
  readonly rule: RuleDefinition
  readonly folder: string
  readonly cut: Cut
  readonly duck: Duck
  /** Only this one; null: all. */
  readonly keyset: string | null
}

const openParquet = () => {
  throw new Error('this one reads text')
}

const parquetScanner = new ParquetScanner(openParquet)

/** Runs a rule over files so cut. */
export function runThrough(
  options: RuleOptions,
  files: readonly Buffer[],
  { cut, duck }: Pick<Work, 'cut' | 'duck'>,
): Promise<Real> {
  return inFolder(async (folder) => {
    const work = { rule: ruleOf(options), folder, cut, duck, keyset: null }
    const outputs = await mapAll(work, await writeInputs(work, files))
    const mapped: MapFile[] = []
    for (const [index, output] of outputs.entries()) {
      mapped.push(...(await condense(duck, work.rule, output.spills, { folder, name: `map-${index}` })))
    }
    return { ...(await reduceAll(work, mapped)), ...(await toldBy(outputs)) }
  })
}

/** Maps files so cut, and no more. @param hold Makes something of the spills, which are gone afterwards. */
export function mapThrough<Held>(
  options: RuleOptions,
  files: readonly Buffer[],
  {
    cut,
    keyset,
    hold,
  }: Pick<Work, 'cut' | 'keyset'> & { hold(rule: RuleDefinition, outputs: readonly MapOutput[]): Held },
): Promise<Mapped<Held>> {
  return inFolder(async (folder) => {
    const work = { rule: ruleOf(options), folder, cut, keyset }
    const outputs = await mapAll(work, await writeInputs(work, files))
    return { held: hold(work.rule, outputs), ...(await toldBy(outputs)) }
  })
}

/** The same by an engine that keeps its groups, which another rule is then mapped from; null: some were not kept. */
export function mapKeptThrough<Held>(
  [saved, now]: readonly [saved: RuleOptions, now: RuleOptions],
  files: readonly Buffer[],
  {
    cut,
    keyset,
    duck,
    isParted,
    hold,
  }: Pick<Work, 'cut' | 'keyset' | 'duck'> & {
    /** The keysets of the first have a scan each. */
    readonly isParted: boolean
    hold(rule: RuleDefinition, outputs: readonly MapOutput[]): Held
  },
): Promise<Mapped<Held> | null> {
  return inFolder(async (folder) => {
    const first = { rule: ruleOf(saved), folder, cut, keyset: null, isParted, keepsGroups: true }
    const kept: KeptGroups[] = []
    for (const [index, output] of (await mapAll(first, await writeInputs(first, files))).entries()) {
      if (output.kept === null) return null
      kept.push(await keptAsParquet(duck, output.kept, { folder, name: `map-${index}` }))
    }
    const rule = ruleOf(now)
    const groupsOf = async (scan: KeptScan) => {
      const groups: ScannedGroup[] = []
      for await (const batch of keptGroups(duck, scan, GROUPS_LOOKED)) groups.push(...batch)
      return groups
    }
    const look = { keyset, params: rule.params, kept, groupsOf, onRow: () => {} }
    const plan = await planKept(rule, look)
    const outputs: MapOutput[] = []
    for (const [index, groups] of kept.entries()) {
      const task = {
        keyset,
        params: rule.params,
        folder,
        name: `again-${index}`,
        groupsMax: cut.groupsMax,
        kept: groups,
        plan,
      }
      const signal = new AbortController().signal
      outputs.push(await mapKept(rule, task, { onProgress: () => {}, signal, duck: () => Promise.resolve(duck) }))
    }
    return { held: hold(rule, outputs), ...(await toldBy(outputs)) }
  })
}

async function inFolder<Made>(work: (folder: string) => Promise<Made>): Promise<Made> {
  const folder = await mkdtemp(join(tmpdir(), 'hob-rule-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function writeInputs(
  { folder, cut }: Pick<Work, 'folder' | 'cut'>,
  files: readonly Buffer[],
): Promise<readonly InputFile[]> {
  const inputs: InputFile[] = []
  for (const [index, bytes] of files.entries()) {
    const file = join(folder, `input-${index}`)
    await writeFile(file, cut.isGzip ? gzipSync(bytes) : bytes)
    inputs.push({ name: `input-${index}`, tag: null, file, kind: 'input', hash: null })
  }
  return inputs
}

async function mapAll(
  {
    rule,
    folder,
    cut,
    keyset,
    isParted = false,
    keepsGroups = false,
  }: Omit<Work, 'duck'> & { readonly isParted?: boolean; readonly keepsGroups?: boolean },
  inputs: readonly InputFile[],
) {
  const pieces = await planPieces(rule.input, inputs, { piecesBytes: cut.piecesBytes })
  const groups: Piece[][] = Array.from({ length: cut.tasks }, () => [])
  for (const [index, piece] of pieces.entries()) groups[index % cut.tasks]?.push(piece)
  const look = { keyset, params: rule.params, choice: cut.engine ?? 'rows', pieces, openParquet, parquetScanner }
  const isRows = look.choice === 'rows' || rule.options.map !== undefined
  const plan = isRows ? null : isParted ? await partedPlan(rule, look) : (await findVerdict(rule, look)).plan
  const outputs: MapOutput[] = []
  for (const [index, group] of groups.entries()) {
    const task: MapTask = {
      ...{ address: ADDRESS, keyset, params: rule.params, pieces: group },
      ...{ folder, name: `map-${index}`, groupsMax: cut.groupsMax, groups: plan, keepsGroups },
    }
    const signal = new AbortController().signal
    outputs.push(await runMap(rule, task, { onProgress: () => {}, signal, openParquet }))
  }
  return outputs
}

/** A scan for each keyset, where that may be. */
async function partedPlan(rule: RuleDefinition, look: VerdictLook): Promise<GroupPlan | null> {
  if (rule.keysets.some(({ partsPreprocess }) => partsPreprocess.length > 0))
    return (await findVerdict(rule, look)).plan
  const plans = await Promise.all(rule.keysets.map(({ name }) => findVerdict(rule, { ...look, keyset: name })))
  if (plans.some(({ plan }) => plan === null)) return null
  return { scans: plans.flatMap(({ plan }) => plan?.scans ?? []), isForced: true }
}

/** What map tasks tell, besides their spills. */
async function toldBy(outputs: readonly MapOutput[]): Promise<Told> {
  const bad = outputs.map(async ({ badRows, badFile }) => ({
    list: badRows,
    file: badFile === null ? '' : await readFile(badFile, 'utf8'),
  }))
  return {
    counters: outputs.map(({ counters }) => counters),
    bad: await Promise.all(bad),
    paths: outputs.map(({ path }) => path),
  }
}

async function reduceAll(
  { rule, folder, duck }: Work,
  files: readonly MapFile[],
): Promise<Pick<Real, 'csv' | 'columns'>> {
  const outputs = await Promise.all(
    Array.from({ length: rule.partitions }, (_, partition) => {
      const place = { address: ADDRESS, keyset: null, params: rule.params, folder, name: `reduce-${partition}` }
      return reduceTask(duck, rule, { ...place, partition, files })
    }),
  )
  const csv: Record<string, string> = {}
  const columns: Record<string, readonly ResultColumn[]> = {}
  for (const result of await finishResults(duck, rule, outputs, { folder, name: 'result' })) {
    const file = join(folder, `${result.keyset}.csv`)
    await writeResult(duck, result, 'csv', file)
    csv[result.keyset] = await readFile(file, 'utf8')
    columns[result.keyset] = result.columns
    // Long results go another way.
    const copy = join(folder, `${result.keyset}.copy`)
    if (await copyCsv(duck, result, copy)) {
      const header = csvLine(result.columns.map(({ name }) => name))
      assert.equal(`${header}${await readFile(copy, 'utf8')}`, csv[result.keyset])
    }
  }
  return { csv, columns }
}
