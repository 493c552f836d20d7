import pg from 'pg'
import { test } from 'vitest'
import { keptItsWord } from '../../support/ledger.js'
import { POSTGRES } from '../../support/servers/kinds.js'
import { onServer } from '../../support/servers/on-server.js'

test('PostgreSQL with a snapshot held open for the whole run keeps its word, and comes to an end', () =>
  onServer(POSTGRES.start, async ({ server, farm, load }) => {
    const holder = new pg.Client(server.url)
    await holder.connect()
    try {
      await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
      await holder.query('SELECT count(*) FROM pg_class')
      for (let n = 0; n < 2; n++) load.sender()
      for (const name of ['one', 'other', 'third']) load.worker(name)
      await load.goesOn(1_000)
      await load.drain()
      await keptItsWord(farm)
      await holder.query('COMMIT')
    } finally {
      await holder.end()
    }
  }))
