import { startPostgres, startRedis } from './servers.mjs'

/** One server of each kind for all runs, started when the first one asks. */
const started = new Map()

function once(name, start) {
  if (!started.has(name)) started.set(name, start())
  return started.get(name)
}

/** Ends the servers. They would end with this process, too; their connections keep it. */
export async function close() {
  for (const starting of started.values()) {
    const { client } = await starting
    client.disconnect?.()
    await client.end?.()
  }
}

/**
 * Where a run works: an empty store, in a server that Hob and its peers share, and that server's process.
 *
 * @typedef {{ url: string, serverPid?: number }} Place
 */

/**
 * The kinds of stores. `open` answers an empty one; the one of `index` 0 (unless given) empties the server first, those
 * after it stand beside. `describe` tells of the server.
 */
export const ENGINES = {
  sqlite: {
    open: async ({ folder, index = 0 }) => ({ url: `sqlite:${folder}/hob-${index}.db` }),
    describe: async () => 'SQLite, synchronous=FULL',
  },
  redis: redisWith([], 'no persistence'),
  'redis everysec': redisWith(['--appendonly', 'yes'], 'an append-only file, written to the disk each second'),
  postgres: {
    async open({ index = 0 }) {
      const { client, urlOf, pid } = await once('postgres', startPostgres)
      if (index === 0) await dropAll(client)
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

function redisWith(settings, persistence) {
  const start = () => once(persistence, () => startRedis(settings))
  return {
    async open({ index = 0 }) {
      const { client, url, pid } = await start()
      if (index === 0) {
        await client.flushall('SYNC')
        await client.script('FLUSH')
      }
      return { url: `${url}/${index}`, serverPid: pid }
    },
    async describe() {
      const { version } = await start()
      return `Redis ${version}, ${persistence}, otherwise as it comes`
    },
  }
}

async function dropAll(client) {
  const { rows } = await client.query("SELECT datname FROM pg_database WHERE datname LIKE 'run\\_%'")
  for (const { datname } of rows) await client.query(`DROP DATABASE ${datname} WITH (FORCE)`)
}
