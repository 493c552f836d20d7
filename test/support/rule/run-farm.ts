import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import type { BlobStore } from '#hob/blob/blob-store.js'
import { openBlobStore } from '#hob/blob/open-blob-store.js'
import { type Kitchen, openKitchen } from '#hob/index.js'
import { keptRun } from '#hob/rule/run/run-book.js'
import { type StartedRun, startRun } from '#hob/rule/run/start-run.js'
import type { RunBlob, RunRecord } from '#hob/rule/run-record.js'

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** A folder with a kitchen, blobs, a module of rules and a warehouse, as tests of runs see it. */
export class RunFarm implements AsyncDisposable {
  readonly folder: string
  readonly kitchen: Kitchen
  readonly store: BlobStore

  private constructor(folder: string, kitchen: Kitchen, store: BlobStore) {
    this.folder = folder
    this.kitchen = kitchen
    this.store = store
  }

  /** @param source Of the module `shop.ts`. Without a URL the kitchen is a file in the folder. */
  static async open(source: string, url?: string): Promise<RunFarm> {
    const folder = await mkdtemp(join(tmpdir(), 'hob-runs-'))
    await symlink(MODULES, join(folder, 'node_modules'))
    const kitchen = await openKitchen(url ?? `sqlite:${join(folder, 'hob.db')}`)
    const farm = new RunFarm(folder, kitchen, await openBlobStore(`file:${join(folder, 'blobs')}`))
    await farm.write(source)
    return farm
  }

  get module(): string {
    return this.path('shop.ts')
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Writes the module anew. */
  async write(source: string): Promise<void> {
    await writeFile(this.module, source)
  }

  /** Writes another file. */
  async writeBeside(name: string, text: string): Promise<void> {
    await writeFile(this.path(name), text)
  }

  /** Puts blobs of JSON lines under a tag. */
  async push(tag: string, blobs: readonly (readonly object[])[]): Promise<void> {
    const verbs = await this.kitchen.blobs(this.store.url)
    for (const [at, rows] of blobs.entries()) {
      const bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
      await verbs.push(tag, [{ name: `part${at}.jsonl`, chunks: Readable.from([bytes]) }])
    }
  }

  /** Starts a run of a rule over all blobs of a tag. */
  async start(rule: string, tag: string): Promise<StartedRun> {
    return this.startWith(
      rule,
      (await this.names(tag)).map((name) => ({ tag, name })),
    )
  }

  /** Starts a run of a rule over these blobs. */
  startWith(rule: string, blobs: readonly RunBlob[]): Promise<StartedRun> {
    return startRun(this.kitchen.broker, { rule: `shop.${rule}`, address: { module: this.module, rule }, blobs })
  }

  /** The record of a run. */
  async run(id: string): Promise<RunRecord> {
    const kept = await keptRun(this.kitchen.broker, { rule: id.slice(0, id.indexOf('@')), id })
    if (kept === undefined) throw new Error(`there is no run ${id}`)
    return kept.record
  }

  /** The names of the blobs under a tag. */
  async names(tag: string): Promise<readonly string[]> {
    const verbs = await this.kitchen.blobs(this.store.url)
    return (await verbs.list(tag)).map(({ name }) => name)
  }

  /** All that is under a tag. */
  async text(tag: string): Promise<string> {
    const verbs = await this.kitchen.blobs(this.store.url)
    const chunks: Uint8Array[] = []
    for await (const chunk of verbs.cat(tag)) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }

  /** Blobs under a tag. */
  async countOf(tag: string): Promise<number> {
    const records = await this.kitchen.broker.records(`tag/${tag}/`, { countMax: 10_000 })
    return records.length
  }

  /** What is left of intermediate files. */
  async runFolders(): Promise<readonly string[]> {
    return readdir(this.store.runsFolder).catch(() => [])
  }

  /** All rows of a table of the warehouse, which processors of the module write; none while it is not there. */
  rows(sql: string): readonly unknown[] {
    const warehouse = new Database(this.path('warehouse.db'))
    try {
      return warehouse.prepare(sql).raw().all()
    } finally {
      warehouse.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kitchen.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}
