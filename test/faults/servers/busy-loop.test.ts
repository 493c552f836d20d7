import { setTimeout as sleep } from 'node:timers/promises'
import { describe, test } from 'vitest'
import { openKitchen } from '#hob/index.js'
import { KITCHEN_SERVERS } from '../../support/servers/kinds.js'
import { onServer } from '../../support/servers/on-server.js'

/** Longer than any connection may be silent. */
const BLOCKED_MS = 4_500

describe.each(KITCHEN_SERVERS)('$name', ({ start }) => {
  test('a handler that blocks the loop, and with it the answers, does not cost the connection', () =>
    onServer(start, async ({ line, lineUrl }) => {
      const kitchen = await openKitchen(lineUrl)
      line.delay(100)
      const sent = kitchen.queue('q').send('while all waits')
      await sleep(50)
      const untilMs = performance.now() + BLOCKED_MS
      while (performance.now() < untilMs);
      await sent
      await kitchen.close()
    }))
})
