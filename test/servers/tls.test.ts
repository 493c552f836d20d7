import assert from 'node:assert/strict'
import { describe, test, vi } from 'vitest'
import { hob, inScratchFolder } from '../cli/hob.js'
import { type Certificate, makeCertificate } from '../support/servers/certificate.js'
import { PostgresServer } from '../support/servers/postgres.js'
import { RedisServer } from '../support/servers/redis.js'
import type { Server } from '../support/servers/server.js'

vi.setConfig({ testTimeout: 60_000 })

interface Speech {
  /** Starts a server that is spoken to by TLS. */
  start(certificate: Certificate): Promise<Server>
  /** The URL by TLS; with a file, whoever has a certificate of it is trusted. */
  url(port: number, trusted?: string): string
  /** What a message says to add. */
  readonly setting: string
}

const REDIS: Speech = {
  start: ({ certificate, key }) =>
    RedisServer.start({ settings: { 'tls-cert-file': certificate, 'tls-key-file': key, 'tls-auth-clients': 'no' } }),
  url: (port, trusted) => `rediss://127.0.0.1:${port}/tls${trusted === undefined ? '' : `?cacert=${trusted}`}`,
  setting: 'cacert',
}

const POSTGRES: Speech = {
  start: ({ certificate, key }) =>
    PostgresServer.start({ settings: { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key } }),
  url: (port, trusted) =>
    `postgres://hob@127.0.0.1:${port}/postgres?sslmode=verify-full${trusted === undefined ? '' : `&sslrootcert=${trusted}`}`,
  setting: 'sslrootcert',
}

describe.each([
  ['Redis', REDIS],
  ['PostgreSQL', POSTGRES],
])('%s by TLS', (_, { start, url, setting }) => {
  const withServer = (
    host: Parameters<typeof makeCertificate>[1],
    work: (server: Server, cwd: string, certificate: string) => Promise<void>,
  ): Promise<void> =>
    inScratchFolder(async (cwd) => {
      const made = await makeCertificate(cwd, host)
      const server = await start(made)
      await work(server, cwd, made.certificate).finally(() => server.dispose())
    })

  test('is spoken to when its certificate is trusted, and told why when it is not', () =>
    withServer('IP:127.0.0.1', async (server, cwd, certificate) => {
      const load = (kitchen: string) => hob(['load', '-k', kitchen, '-'], { cwd, input: 'one\ntwo\n' })
      const trusted = url(server.port, certificate)
      assert.equal((await load(trusted)).out, 'loaded 2 orders into orders\n')
      const delivered = await hob(['deliver', '-k', trusted, 'echo'], { cwd })
      assert.deepEqual([delivered.status, delivered.out], [0, 'one\ntwo\n'], delivered.err)
      const untrusted = await load(url(server.port))
      assert.equal(untrusted.status, 3)
      assert.match(untrusted.err, /^hob: cannot reach [^\n]*: its certificate is not trusted \([^\n]+\)\n/)
      assert.match(untrusted.err, new RegExp(`\\?${setting}=FILE\\n$`))
      const none = await load(url(server.port, '/no/file'))
      assert.deepEqual([none.status, none.err.split('\n')[0]], [2, `hob: cannot read ${setting} /no/file`])
    }))

  test('is refused when its certificate is for another host', () =>
    withServer('DNS:elsewhere', async (server, cwd, certificate) => {
      const { status, err } = await hob(['status', '-k', url(server.port, certificate)], { cwd })
      assert.equal(status, 3)
      assert.match(err, /^hob: cannot reach [^\n]*: its certificate is for another host\nWrite the host as /)
    }))
})

test.each([
  ['Redis', () => RedisServer.start(), REDIS, /^hob: cannot reach [^\n]*\nCheck [^\n]* that it speaks TLS there/],
  ['PostgreSQL', () => PostgresServer.start(), POSTGRES, /^hob: cannot reach [^\n]*: it does not speak TLS there\n/],
] as const)('%s without TLS says so', async (_, start, { url }, told) => {
  const server = await start()
  try {
    const { status, err } = await hob(['status', '-k', url(server.port)], { cwd: server.folder })
    assert.equal(status, 3)
    assert.match(err, told)
  } finally {
    await server.dispose()
  }
})
