import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPostgres, findProgram } from '../test/support/servers/programs.mjs'
import { NotHere } from './benchmark.mjs'

/** Ends a server and removes its folder when this process is gone, however it went. */
const WATCHDOG = fileURLToPath(new URL('../test/support/servers/watchdog.sh', import.meta.url))

/** PostgreSQL refuses root; nobody does. */
const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

const START_MS = 20_000

/** A Redis server on a free port, that keeps nothing on the disk unless its settings say so. */
export async function startRedis(settings) {
  const program = findProgram('redis-server')
  if (program === undefined) throw new NotHere('It needs Redis: apt-get install redis-server')
  const place = await makePlace()
  const args = ['--port', `${place.port}`, '--bind', '127.0.0.1', '--dir', place.folder, '--save', '', ...settings]
  const server = start(program, args, place)
  const { default: Redis } = await import('ioredis')
  const client = new Redis(place.port, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  client.on('error', () => {})
  await within(START_MS, client.ping())
  return {
    ...server,
    client,
    url: `redis://127.0.0.1:${place.port}`,
    version: versionIn(program, ['--version']),
  }
}

/** A PostgreSQL server in a folder of its own, on a free port; every other setting as PostgreSQL has it, fsync on. */
export async function startPostgres() {
  const bin = findPostgres()
  if (bin === undefined) throw new NotHere('It needs PostgreSQL: apt-get install postgresql')
  const place = await makePlace()
  const data = join(place.folder, 'data')
  if (UNPRIVILEGED.uid !== undefined) chownSync(place.folder, UNPRIVILEGED.uid, UNPRIVILEGED.gid)
  const words = ['--username=bench', '--auth=trust', '--encoding=UTF8', '--locale=C', '-D', data]
  execFileSync(join(bin, 'initdb'), words, { cwd: place.folder, stdio: 'ignore', ...UNPRIVILEGED })
  const args = ['-D', data, '-c', `port=${place.port}`, '-c', 'unix_socket_directories=']
  const server = start(join(bin, 'postgres'), args, place, UNPRIVILEGED)
  const urlOf = (database) => `postgres://bench@127.0.0.1:${place.port}/${database}`
  const client = await connect(urlOf('postgres'))
  return { ...server, client, urlOf, version: versionIn(join(bin, 'postgres'), ['--version']) }
}

/** Connects to a PostgreSQL server, which may still be starting. */
async function connect(connectionString) {
  const { default: pg } = await import('pg')
  for (const endMs = Date.now() + START_MS; ; ) {
    const client = new pg.Client({ connectionString })
    // It is gone at the end, when the server is.
    client.on('error', () => {})
    try {
      await client.connect()
      return client
    } catch (error) {
      if (Date.now() > endMs) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function makePlace() {
  return { folder: mkdtempSync(join(tmpdir(), 'hob-bench-')), port: await freePort() }
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

function start(file, args, { folder }, identity = {}) {
  const child = spawn(file, args, { cwd: folder, stdio: 'ignore', ...identity })
  const watchdog = spawn('/bin/sh', [WATCHDOG, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  watchdog.stdin.write(`${child.pid}\n`)
  // They end with this process, and shall not keep it.
  for (const handle of [child, watchdog, watchdog.stdin]) handle.unref()
  return { pid: child.pid, folder, isRunning: () => child.exitCode === null && existsSync(folder) }
}

const versionIn = (program, args) => /\d[\d.]+/.exec(execFileSync(program, args, { encoding: 'utf8' }))?.[0]

function within(ms, promise) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new NotHere('the server did not start in time')), ms).unref()
  })
  return Promise.race([promise, late])
}
