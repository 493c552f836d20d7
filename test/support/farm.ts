import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobView } from '#hob/broker/control.js'
import { type Kitchen, openKitchen } from '#hob/index.js'
import { HOB, hob, inScratchFolder } from '../cli/hob.js'
import { endAll, type Running, start } from './running.js'
import { until } from './until.js'

/** A folder with a kitchen where orders are delivered, as one test sees it. */
export class Farm {
  readonly folder: string
  readonly url: string

  constructor(folder: string, url?: string) {
    this.folder = folder
    this.url = url ?? `sqlite:${this.path('.hob/hob.db')}`
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Loads one order for each line. */
  async load(lines: readonly string[]): Promise<void> {
    const { status, err } = await hob(['load', '-'], { cwd: this.folder, input: lines.map((l) => `${l}\n`).join('') })
    if (status !== 0) throw new Error(err)
  }

  /** Writes a command for orders. */
  async script(name: string, text: string): Promise<string> {
    await writeFile(this.path(name), `#!/bin/sh\n${text}\n`)
    await chmod(this.path(name), 0o755)
    return `./${name}`
  }

  /**
   * Starts a waiter with leases of one second. It keeps its temporary files in the folder `tmp`, and its commands know
   * its pid as WAITER_PID and its name as WAITER.
   */
  deliver(name: string, args: readonly string[]): Running {
    const words = [process.execPath, HOB, 'deliver', '--lease', '1s', '--name', name, ...args]
    return start('/bin/sh', ['-c', 'WAITER_PID=$$ exec "$@"', 'sh', ...words], {
      cwd: this.folder,
      env: { TMPDIR: this.path('tmp'), WAITER: name },
    })
  }

  /** What waiters keep in the temporary folder now. */
  async temporaryFiles(): Promise<readonly string[]> {
    return readdir(this.path('tmp'))
  }

  /** The lines of a file that commands write; none while it is not there. */
  async lines(name: string): Promise<readonly string[]> {
    const text = await readFile(this.path(name), 'utf8').catch(() => '')
    return text.split('\n').slice(0, -1)
  }

  async touch(name: string): Promise<void> {
    await writeFile(this.path(name), '')
  }

  /** Makes the kitchen, so that those who work in it find one. */
  async make(): Promise<void> {
    await (await openKitchen(this.url)).close()
  }

  /** Resolves when a waiter's heartbeat has written for the first time, and holds the kitchen's lock no longer. */
  async beats(): Promise<void> {
    const nodes = () => this.look(({ broker }) => broker.records('node/', { countMax: 10 }))
    await until('its heartbeat has begun', async () => (await nodes()).some(({ value }) => value.includes('seenMs')))
  }

  async look<T>(see: (kitchen: Kitchen) => Promise<T>): Promise<T> {
    const kitchen = await openKitchen(this.url, { create: false })
    try {
      return await see(kitchen)
    } finally {
      await kitchen.close()
    }
  }

  /** All jobs, oldest first. */
  jobs(): Promise<readonly JobView[]> {
    return this.look(async ({ broker }) => {
      const all: JobView[] = []
      for (;;) {
        const after = all.at(-1)?.id
        const page = await broker.jobs({ countMax: 10_000, ...(after === undefined ? {} : { after }) })
        if (page.length === 0) return all
        all.push(...page)
      }
    })
  }
}

/**
 * Gives one test a folder and a kitchen of its own; afterwards nothing of it is left, and nothing runs.
 *
 * @param url Where the kitchen is; in a SQLite file of the folder unless given.
 */
export function onFarm(work: (farm: Farm) => Promise<void>, url?: string): Promise<void> {
  return inScratchFolder(async (folder) => {
    const farm = new Farm(folder, url)
    await mkdir(farm.path('tmp'))
    try {
      await work(farm)
    } finally {
      await endAll()
    }
  })
}
