import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'vitest'
import { keptItsWord } from '../../support/ledger.js'
import { SEED } from '../../support/load.js'
import { KITCHEN_SERVERS } from '../../support/servers/kinds.js'
import { onServer } from '../../support/servers/on-server.js'

const WORKERS = 8

/** One kill a second; HOB_TORTURE_SECONDS=60 makes it a minute. */
const KILLS = Number(process.env.HOB_TORTURE_SECONDS ?? 15)

test.each(KITCHEN_SERVERS)(
  `$name: eight workers, one killed each second for ${KILLS} s: no job is lost, none is done twice (HOB_TORTURE_SEED=${SEED})`,
  ({ start }) =>
    onServer(start, async ({ farm, load }) => {
      load.sender()
      for (let n = 0; n < WORKERS; n++) load.worker(`worker-${n}`)
      await load.goesOn()
      for (let n = 0; n < KILLS; n++) {
        await sleep(1_000)
        load.kill(`worker-${n}`)
        load.worker(`worker-${n + WORKERS}`)
      }
      await load.drain()
      await keptItsWord(farm)
    }),
  120_000 + KILLS * 2_000,
)
