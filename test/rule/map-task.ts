import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type Parts, type RuleOptions, rule } from '#hob/index.js'
import { exactTotal } from '#hob/rule/exact-sum.js'
import type { EngineChoice, GroupPlan } from '#hob/rule/groups/group-plan.js'
import { ParquetScanner } from '#hob/rule/groups/parquet-groups.js'
import { findVerdict } from '#hob/rule/groups/verdict.js'
import type { InputFile, Piece } from '#hob/rule/input.js'
import { planPieces } from '#hob/rule/map/plan-pieces.js'
import { runMap } from '#hob/rule/map/run-map.js'
import type { MapOutput } from '#hob/rule/map-output.js'

const root = mkdtempSync(join(tmpdir(), 'hob-map-'))

afterAll(() => rmSync(root, { recursive: true }))

/** A folder for files of one test. */
export const scratchFolder = (): string => mkdtempSync(join(root, 'f'))

/** How a map is run here. */
export interface MapSettings {
  readonly piecesBytes?: number
  readonly groupsMax?: number
  readonly keyset?: string
  readonly signal?: AbortSignal
  readonly parquet?: readonly Parts[]
  readonly onProgress?: (rows: number, bytes: number) => void
  readonly onRow?: (rows: number) => void
  readonly onGroup?: (group: number) => void
  /** Rows unless given. */
  readonly engine?: EngineChoice
  /** As it is, whatever the input would say; null: rows. */
  readonly plan?: GroupPlan | null
}

/** Writes contents into files named `0`, `1` … */
export function filesOf(...contents: readonly (string | Buffer)[]): readonly InputFile[] {
  const folder = scratchFolder()
  return contents.map((content, at) => {
    const file = join(folder, String(at))
    writeFileSync(file, content)
    return { name: String(at), tag: null, file, hash: null }
  })
}

/** Plans pieces and maps them, all in one task. */
export async function mapFiles(
  options: RuleOptions,
  inputs: readonly InputFile[],
  settings: MapSettings = {},
): Promise<MapOutput> {
  const { piecesBytes = 2 ** 26 } = settings
  const pieces = await planPieces(rule(options).input, inputs, { piecesBytes })
  return mapPieces(options, pieces, settings)
}

/** Maps pieces, all in one task. */
export async function mapPieces(
  options: RuleOptions,
  pieces: readonly Piece[],
  settings: MapSettings = {},
): Promise<MapOutput> {
  const { groupsMax = 1_000_000, keyset = null, signal = new AbortController().signal, parquet = [] } = settings
  const address = { module: '/rules.ts', rule: options.name }
  const openParquet = async function* () {
    yield parquet
  }
  const { engine: choice = 'rows' } = settings
  const parquetScanner = new ParquetScanner(() => Promise.reject(new Error('no DuckDB here')))
  const look = { keyset, params: {}, choice, pieces, openParquet, parquetScanner }
  const { plan: groups = (await findVerdict(rule(options), look)).plan } = settings
  const task = { address, keyset, params: {}, pieces, folder: scratchFolder(), name: 't', groupsMax, groups }
  const { onProgress = () => {}, onRow = () => {}, onGroup = () => {} } = settings
  return runMap(rule(options), task, { onProgress, onRow, onGroup, signal, openParquet })
}

/** A line of a spill as its columns; null for `\N`. */
export type Line = readonly (string | null)[]

/** The lines of the spills of one kind. */
export function spilled({ spills }: MapOutput, kind = 'groups', keyset = '_default'): readonly Line[] {
  return spills.flatMap((spill) =>
    spill.kind === kind && spill.keyset === keyset ? linesOf(readFileSync(spill.file, 'utf8')) : [],
  )
}

/** CSV with every text quoted, whatever is in it. */
function linesOf(text: string): readonly Line[] {
  const lines: (string | null)[][] = [[]]
  for (const [, quotedText, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    lines.at(-1)?.push(quotedText?.replaceAll('""', '"') ?? (plain === '\\N' ? null : (plain ?? '')))
    if (end === '\n') lines.push([])
  }
  return lines.slice(0, -1)
}

/** The sums of a keyset with one key part and one sum, by key. */
export function sumsOf(output: MapOutput, keyset = '_default'): Readonly<Record<string, number | bigint>> {
  const lists = new Map<string, { whole: bigint; doubles: number[] }>()
  for (const [key, whole, doubles] of spilled(output, 'groups', keyset)) {
    const sum = lists.get(key ?? '') ?? { whole: 0n, doubles: [] }
    sum.whole += BigInt(whole ?? 0)
    sum.doubles.push(...(JSON.parse(doubles ?? '[]') as number[]))
    lists.set(key ?? '', sum)
  }
  return Object.fromEntries([...lists].sort().map(([key, { whole, doubles }]) => [key, exactTotal(whole, doubles)]))
}
