import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
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
  const rows = Array.from({ length: ROWS }, (_, at) => [`k${String(at).padStart(6, '0')}`, 1, 0.5])
  const shape = { key: ['last'], values: { count: 'integer', paid: 'number' }, rows } as const
  const keyset = await scratch.keyset(shape)
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

/** Starts a process that writes, and kills it so long after it has begun. */
async function killedWriter(writer: WriterOptions, file: string, delayMs: number): Promise<void> {
  const told = JSON.stringify({ ...writer, file, rows: ROWS, run: 'names@killed' })
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
