import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'vitest'
import { notify } from '#hob/rule/notify/notify.js'
import type { RunRecord } from '#hob/rule/run-record.js'
import { startSmtpServer } from './smtp-server.js'

const RUN: RunRecord = {
  id: 'names.last@1',
  rule: 'names.last',
  module: '/srv/rules/names.ts',
  version: 'v',
  state: 'failed',
  startedMs: Date.UTC(2026, 2, 10),
  endedMs: Date.UTC(2026, 2, 10, 1),
  retryMs: null,
  queue: 'rules',
  lease: null,
  attempt: 3,
  blobs: [{ tag: 'a', name: 'b' }],
  files: [],
  keyset: null,
  params: {},
  error: 'the warehouse is down\nsecond line',
  counters: { rowsRead: 12, rowsBad: 2, rowsFiltered: 0, bytesRead: 99, keysets: {} },
  rowsOut: null,
}

const DONE: RunRecord = { ...RUN, state: 'done', error: null, rowsOut: { _default: 4 } }

/** What was posted; each request is answered with `status`. */
async function startWebServer(status = 202) {
  const posts: { readonly path: string | undefined; readonly body: Record<string, unknown> }[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request.setEncoding('utf8')) text += part
    posts.push({ path: request.url, body: JSON.parse(text) })
    response.writeHead(status).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    posts,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

describe('mail', () => {
  test('goes to all, with what happened', async () => {
    await using server = await startSmtpServer()
    const env = { HOB_SMTP_URL: server.url, HOB_MAIL_FROM: 'hob@example.org' }
    const told = await notify({ mail: ['ops@example.org', 'dev@example.org'] }, RUN, { env })
    assert.deepEqual(told, [{ to: 'mail to ops@example.org, dev@example.org', error: null }])
    const [mail] = server.mails
    assert.equal(mail?.from, 'hob@example.org')
    assert.deepEqual(mail?.to, ['ops@example.org', 'dev@example.org'])
    assert.match(mail?.text ?? '', /^Subject: names\.last failed: the warehouse is down$/m)
    assert.match(mail?.text ?? '', /^Rows: 12 read, 2 bad$/m)
    assert.match(mail?.text ?? '', /^second line$/m)
  })

  test('an error with line ends makes no headers', async () => {
    await using server = await startSmtpServer()
    const run = { ...RUN, error: 'x\r\nBcc: all@example.org' }
    await notify({ mail: 'ops@example.org' }, run, { env: { HOB_SMTP_URL: server.url } })
    assert.deepEqual(server.mails[0]?.to, ['ops@example.org'])
    const [head = ''] = server.mails[0]?.text.split('\n\n') ?? []
    assert.doesNotMatch(head, /^Bcc/m)
  })

  test('without a server, or one that refuses, it is told, without the password', async () => {
    const errorOf = async (url: string | undefined) =>
      (await notify({ mail: 'ops@example.org' }, RUN, { env: { HOB_SMTP_URL: url }, timeoutMs: 2_000 }))[0]?.error ?? ''
    assert.match(await errorOf(undefined), /HOB_SMTP_URL names no mail server/)
    assert.match(await errorOf('smtp://127.0.0.1:1'), /ECONNREFUSED/)
    await using refusing = await startSmtpServer('550 nobody here')
    assert.match(await errorOf(refusing.url), /550 nobody here/)
    const said = await errorOf(refusing.url.replace('//', '//bob:s%3Acret@'))
    assert.match(said, /535 who is \*\*\*/)
    assert.doesNotMatch(said, /cret/)
  })
})

describe('webhook', () => {
  test('is sent JSON', async () => {
    await using server = await startWebServer()
    const told = await notify({ webhook: `${server.url}/T0/secret` }, RUN)
    assert.deepEqual(told, [{ to: `webhook ${server.url.slice(7)}`, error: null }])
    const [{ path, body } = { path: '', body: {} }] = server.posts
    assert.equal(path, '/T0/secret')
    const { event, rule, run, state, error, attempt, blobs, rowsBad } = body
    assert.deepEqual(
      { event, rule, run, state, error, attempt, blobs, rowsBad },
      {
        event: 'failure',
        rule: 'names.last',
        run: 'names.last@1',
        state: 'failed',
        error: RUN.error,
        attempt: 3,
        blobs: 1,
        rowsBad: 2,
      },
    )
  })

  test('one that is away, or answers no, is told, without its path', async () => {
    await using server = await startWebServer(500)
    const [answered] = await notify({ webhook: `${server.url}/secret` }, RUN)
    assert.equal(answered?.error, 'it answered 500 Internal Server Error')
    const [away] = await notify({ webhook: 'http://127.0.0.1:9/secret' }, RUN)
    assert.ok(away?.error)
    assert.doesNotMatch(`${away.to} ${away.error}`, /secret/)
  })

  test('one that never answers is given up', async () => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const [told] = await notify({ webhook: url }, RUN, { timeoutMs: 100 })
    assert.match(told?.error ?? '', /timeout/i)
    server.closeAllConnections()
    server.close()
  })
})

describe('PagerDuty', () => {
  test('an incident for a rule, which a success closes', async () => {
    await using server = await startWebServer()
    const env = { HOB_PAGERDUTY_URL: `${server.url}/v2/enqueue`, PD_KEY: 'k1' }
    await notify({ pagerDuty: 'env:PD_KEY', on: 'both' }, RUN, { env })
    await notify({ pagerDuty: 'k2', on: 'both' }, DONE, { env })
    const [failure, success] = server.posts.map(({ body }) => body)
    assert.deepEqual(
      [failure?.routing_key, failure?.event_action, failure?.dedup_key],
      ['k1', 'trigger', 'hob/names.last'],
    )
    const payload = failure?.payload as { readonly summary: string; readonly severity: string } | undefined
    assert.deepEqual([payload?.summary, payload?.severity], ['names.last failed: the warehouse is down', 'error'])
    assert.deepEqual(
      [success?.routing_key, success?.event_action, success?.dedup_key],
      ['k2', 'resolve', 'hob/names.last'],
    )
  })

  test('a variable that is not set', async () => {
    const [told] = await notify({ pagerDuty: 'env:PD_KEY' }, RUN, { env: {} })
    assert.deepEqual(told, { to: 'PagerDuty', error: 'the environment variable PD_KEY is not set' })
  })
})

test('who wants what', async () => {
  await using server = await startWebServer()
  const hook = (name: string) => `${server.url}/${name}`
  const wishes = [
    { webhook: hook('unsaid') },
    { webhook: hook('success'), on: 'success' },
    { webhook: hook('both'), on: 'both' },
  ] as const
  const pathsOf = async (run: RunRecord) => {
    server.posts.length = 0
    await notify(wishes, run)
    return server.posts.map(({ path }) => path).sort()
  }
  assert.deepEqual(await pathsOf(RUN), ['/both', '/unsaid'])
  assert.deepEqual(await pathsOf(DONE), ['/both', '/success'])
  assert.deepEqual(await notify(undefined, RUN), [])
})
