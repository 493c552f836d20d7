import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { sharedPostgresUrl } from '../support/servers/shared.js'
import { libraryLaws } from './library-laws.js'

libraryLaws('postgres', async () => {
  const server = await sharedPostgresUrl()
  const schema = `library_${randomUUID().replaceAll('-', '').slice(0, 20)}`
  return {
    url: `${server}?schema=${schema}`,
    dispose: async () => {
      const hand = new pg.Client({ connectionString: server })
      await hand.connect()
      await hand.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
      await hand.end()
    },
  }
})
