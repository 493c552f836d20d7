import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { MariadbServer } from './mariadb.js'
import { PostgresServer } from './postgres.js'
import { RedisServer } from './redis.js'
import type { Server } from './server.js'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Answers the URLs of the servers that all tests share: `/redis`, `/postgres`, `/mariadb`. */
    readonly serverOffice: string
  }
}

interface SharedServer {
  /** The URL of a running one that is used instead, when it is set. */
  readonly variable: string
  start(): Promise<Server>
}

/** The laws ask what a server answers, not what it has on the disk after a power cut. */
const SERVERS: ReadonlyMap<string, SharedServer> = new Map([
  ['/redis', { variable: 'HOB_TEST_REDIS_URL', start: () => RedisServer.start() }],
  [
    '/postgres',
    {
      variable: 'HOB_TEST_POSTGRES_URL',
      start: () =>
        PostgresServer.start({ settings: { fsync: 'off', full_page_writes: 'off', max_connections: '200' } }),
    },
  ],
  ['/mariadb', { variable: 'HOB_TEST_MARIADB_URL', start: () => MariadbServer.start() }],
])

/**
 * Before the tests: opens an office at which they ask for the servers that they share. A server starts when it is first
 * asked for, so that tests which need none do not wait, nor need it installed. After the tests: ends them.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = new Map<string, Promise<Server>>()

  const urlOf = async (path: string): Promise<string> => {
    const shared = SERVERS.get(path)
    assert.ok(shared, `there is no server ${path}`)
    const given = process.env[shared.variable]
    if (given !== undefined) return given
    const server = started.get(path) ?? shared.start()
    started.set(path, server)
    return (await server).url
  }

  const office = createServer((request, response) => {
    urlOf(request.url ?? '').then(
      (url) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => office.listen(0, '127.0.0.1', resolve))
  project.provide('serverOffice', `http://127.0.0.1:${(office.address() as AddressInfo).port}`)

  return async () => {
    office.close()
    office.closeAllConnections()
    const servers = await Promise.allSettled(started.values())
    await Promise.all(servers.map((server) => (server.status === 'fulfilled' ? server.value.dispose() : undefined)))
  }
}
