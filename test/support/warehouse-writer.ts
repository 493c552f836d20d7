import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { WarehouseScratch } from '../laws/warehouse.js'
import { runOf } from './keyset-rows.js'

/** What `warehouse-writer.mjs` is told, as JSON. */
export interface WriterOptions {
  /** The name of the processor, such as `toSqlite`. */
  readonly to: string
  readonly options: Readonly<Record<string, unknown>>
}

const WRITER = fileURLToPath(new URL('warehouse-writer.mjs', import.meta.url))

const ROWS = 30_000

/** Milliseconds after which one writer is killed; the last ones may come through. */
const KILLS_MS: readonly number[] = [0, 40, 120, 300]

/** Kills processes that write one run, at several moments of the write; then writes it, and looks whether all stands once. */
export async function killedWrites(scratch: WarehouseScratch): Promise<void> {
  const keyset = await scratch.keyset(shapeOf(ROWS))
  for (const delayMs of KILLS_MS) {
    await killedWriter(scratch.writer, keyset.file, delayMs)
    const runs = await scratch.rows('hob_runs').catch(() => [])
    const found = await scratch.rows('names').catch(() => [])
    assert.equal(found.length, runs.length === 0 ? 0 : ROWS, `after a kill at ${delayMs} ms`)
  }
  await scratch.processor({ mode: 'add' }).write([keyset], runOf('names@killed'))
  const found = await scratch.rows('names')
  assert.equal(found.length, ROWS)
  assert.ok(found.every(([, count]) => count === 1))
}

/** The rows that the writer makes. */
const shapeOf = (count: number) =>
  ({
    key: ['last'],
    values: { count: 'integer', paid: 'number' },
    rows: Array.from({ length: count }, (_, at) => [`k${String(at).padStart(6, '0')}`, 1, 0.5]),
  }) as const

/** The most memory that a process had which wrote so many rows, in bytes. */
export async function peakOf(scratch: WarehouseScratch, rows: number): Promise<number> {
  const { file } = await scratch.keyset(shapeOf(rows))
  const told = JSON.stringify({ ...scratch.writer, file, rows, run: `names@${rows}`, pauseMs: 0 })
  const { stdout } = await promisify(execFile)(process.execPath, [WRITER, told])
  return Number(stdout.trim().split('\n').at(-1)) * 1024
}

/** Starts a process that writes, and kills it so long after it has begun. */
async function killedWriter(writer: WriterOptions, file: string, delayMs: number): Promise<void> {
  const told = JSON.stringify({ ...writer, file, rows: ROWS, run: 'names@killed', pauseMs: 10 })
  const child = spawn(process.execPath, [WRITER, told], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  await new Promise((resolve) => {
    child.stdout.once('data', resolve)
    child.once('close', resolve)
  })
  await new Promise((resolve) => setTimeout(resolve, delayMs))
  child.kill('SIGKILL')
  await ended
}
