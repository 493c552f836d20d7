import { test } from 'vitest'
import { keptItsWord, type LossWindow } from '../../support/ledger.js'
import { SEED } from '../../support/load.js'
import { POSTGRES, REDIS, type ServerKind } from '../../support/servers/kinds.js'
import { onServer } from '../../support/servers/on-server.js'

interface Case {
  readonly name: string
  readonly start: ServerKind['start']
  /** What was acknowledged in so many milliseconds before the crash may be lost. */
  readonly lossMs: number
}

const CASES: readonly Case[] = [
  { name: 'PostgreSQL', start: POSTGRES.start, lossMs: 0 },
  { name: 'Redis with appendfsync always', start: REDIS.start, lossMs: 0 },
  // A second between two calls of fsync, and as long as one may take before Redis waits for it (redis.conf, appendfsync).
  {
    name: 'Redis with appendfsync everysec',
    start: () => REDIS.start({ settings: { appendfsync: 'everysec' } }),
    lossMs: 2_000,
  },
]

test.each(CASES)(
  `$name, killed and restarted in the middle of load, keeps its word (HOB_TORTURE_SEED=${SEED})`,
  ({ start, lossMs }) =>
    onServer(start, async ({ server, farm, load }) => {
      const windows: LossWindow[] = []
      for (let n = 0; n < 2; n++) load.sender()
      for (let n = 0; n < 3; n++) load.worker(`worker-${n}`)
      for (let n = 0; n < 3; n++) {
        await load.goesOn()
        const killedMs = Date.now()
        await server.kill()
        if (lossMs > 0) windows.push({ fromMs: killedMs - lossMs, toMs: Date.now() })
        await server.restart()
      }
      await load.goesOn()
      await load.drain()
      await keptItsWord(farm, windows)
    }),
)
