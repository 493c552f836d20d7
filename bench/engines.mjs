import { startPostgres, startRedis } from './servers.mjs'

/** One server of each kind for all runs, started when the first one asks. */
const started = new Map()

function once(name, start) {
  if (!started.has(name)) started.set(name, start())
  return started.get(name)
}

/**
 * Where a run works: an empty store, in a server that Hob and its peers share, and that server's process.
 *
 * @typedef {{ url: string, serverPid?: number }} Place
 */

/** One kind of store. `open` answers an empty one; `describe` tells of the server once it runs. */
export const ENGINES = {
  sqlite: {
    open: async ({ folder }) => ({ url: `sqlite:${folder}/hob.db` }),
    describe: async () => 'SQLite, synchronous=FULL',
  },
  redis: {
    async open() {
      const { client, url, pid } = await once('redis', startRedis)
      await client.flushall('SYNC')
      await client.script('FLUSH')
      return { url, serverPid: pid }
    },
    async describe() {
      const { version } = await once('redis', startRedis)
      return `Redis ${version}, no persistence, otherwise as it comes`
    },
  },
  postgres: {
    async open() {
      const { client, urlOf, pid } = await once('postgres', startPostgres)
      const { rows } = await client.query("SELECT datname FROM pg_database WHERE datname LIKE 'run\\_%'")
      for (const { datname } of rows) await client.query(`DROP DATABASE ${datname} WITH (FORCE)`)
      const name = `run_${process.hrtime.bigint()}`
      await client.query(`CREATE DATABASE ${name}`)
      await client.query('CHECKPOINT')
      return { url: urlOf(name), serverPid: pid }
    },
    async describe() {
      const { version } = await once('postgres', startPostgres)
      return `PostgreSQL ${version}, fsync on, otherwise as it comes; an empty database for each run, on 127.0.0.1`
    },
  },
}
