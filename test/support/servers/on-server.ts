import { BadLine } from '../bad-line/bad-line.js'
import { type Farm, onFarm } from '../farm.js'
import { Load } from '../load.js'
import type { Server } from './server.js'

/** A server of a test's own with a kitchen in it, and those who load it. */
export interface ServerScene<S extends Server> {
  readonly server: S
  readonly farm: Farm
  readonly load: Load
  /** The kitchen's URL by a line that the test can break. */
  readonly lineUrl: string
  readonly line: BadLine
}

/** Gives one test a server with a kitchen; afterwards nothing of it is left, and nothing runs. */
export async function onServer<S extends Server>(
  start: () => Promise<S>,
  work: (scene: ServerScene<S>) => Promise<void>,
): Promise<void> {
  const server = await start()
  const line = await BadLine.start({ path: server.socket })
  try {
    const scene = { server, line, lineUrl: line.through(server.url) }
    await onFarm(async (farm) => {
      await farm.make()
      await work({ ...scene, farm, load: new Load(farm) })
    }, server.url)
  } finally {
    await line.dispose()
    await server.dispose()
  }
}
