import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type AddressInfo, Server } from 'node:net'
import { describe, test, vi } from 'vitest'
import { openMemory } from '#hob/broker/memory/memory.js'
import { VirtualClock } from '#hob/core/clock.js'
import { ArgumentError } from '#hob/core/errors.js'
import { retry } from '#hob/index.js'
import { Metrics } from '#hob/queue/metrics.js'
import { MetricsServer } from '#hob/queue/metrics-server.js'
import { openTestKitchen } from '#hob/testing.js'
import { until } from '../support/until.js'

const openKitchen = () => openMemory({ clock: new VirtualClock() })

/** The value of one line of the text. */
const valueIn = (text: string, line: string): number | undefined => {
  const found = text.split('\n').find((one) => one.startsWith(`${line} `))
  return found === undefined ? undefined : Number(found.slice(line.length + 1))
}

describe('metrics', () => {
  test('say what was counted, by queue, and how long attempts ran', async () => {
    const metrics = await Metrics.load(openKitchen())
    const mail = metrics.ofQueue('mail')
    mail.sent(2)
    mail.settled('done', 3)
    mail.settled('done', 700)
    mail.settled('retry', 20)
    metrics.ofQueue('mail').settled('lost', 20)
    metrics.ofQueue('ship').sent(1)
    const text = await metrics.text()
    assert.equal(valueIn(text, 'hob_jobs_sent_total{queue="mail"}'), 2)
    assert.equal(valueIn(text, 'hob_jobs_sent_total{queue="ship"}'), 1)
    assert.equal(valueIn(text, 'hob_jobs_settled_total{queue="mail",outcome="done"}'), 2)
    assert.equal(valueIn(text, 'hob_jobs_settled_total{queue="mail",outcome="lost"}'), 1)
    assert.equal(valueIn(text, 'hob_job_run_seconds_bucket{le="0.005",queue="mail"}'), 1)
    assert.equal(valueIn(text, 'hob_job_run_seconds_bucket{le="+Inf",queue="mail"}'), 4)
    assert.equal(valueIn(text, 'hob_job_run_seconds_sum{queue="mail"}'), 0.743)
    assert.match(text, /^process_cpu_seconds_total /m)
  })

  test('tell of the kitchen what its counters say now', async () => {
    const broker = openKitchen()
    const metrics = await Metrics.load(broker)
    await broker.commit([{ send: [{ queue: 'a "queue"', payload: '1' }] }])
    await broker.pause({ queue: 'a "queue"', isPaused: true })
    const text = await metrics.text()
    assert.equal(valueIn(text, 'hob_queue_jobs{queue="a \\"queue\\"",state="ready"}'), 1)
    assert.equal(valueIn(text, 'hob_queue_paused{queue="a \\"queue\\""}'), 1)
    assert.equal(valueIn(text, 'hob_store_up'), 1)
    await broker.close()
    const without = await metrics.text()
    assert.equal(valueIn(without, 'hob_store_up'), 0)
    assert.doesNotMatch(without, /hob_queue_jobs\{/)
  })

  test('are the same as an object', async () => {
    const metrics = await Metrics.load(openKitchen())
    metrics.ofQueue('mail').settled('done', 1)
    const families = await metrics.values()
    const settled = families.find(({ name }) => name === 'hob_jobs_settled_total')
    assert.equal(settled?.type, 'counter')
    assert.deepEqual(
      settled?.values.filter(({ value }) => value > 0),
      [{ name: 'hob_jobs_settled_total', labels: { queue: 'mail', outcome: 'done' }, value: 1 }],
    )
    const run = families.find(({ name }) => name === 'hob_job_run_seconds')
    assert.equal(run?.values.find(({ name }) => name === 'hob_job_run_seconds_count')?.value, 1)
  })
})

describe('a kitchen', () => {
  test('counts what it sends and works once it was asked for metrics', async () => {
    await using kitchen = openTestKitchen()
    const metrics = await kitchen.metrics()
    assert.equal(await kitchen.metrics(), metrics)
    await using _worker = kitchen
      .queue('q')
      .work(({ payload }) => (payload === 1 ? retry() : undefined), { attempts: 1 })
    await kitchen.queue('q').sendMany([1, 2, 3])
    await kitchen.queue('q').send(4, { key: 'k', delayMs: 1_000 })
    await kitchen.queue('q').send(5, { key: 'k' })
    await kitchen.drain()
    const text = await metrics.text()
    assert.equal(valueIn(text, 'hob_jobs_sent_total{queue="q"}'), 4)
    assert.equal(valueIn(text, 'hob_jobs_settled_total{queue="q",outcome="done"}'), 2)
    assert.equal(valueIn(text, 'hob_jobs_settled_total{queue="q",outcome="error"}'), 1)
    assert.equal(valueIn(text, 'hob_job_run_seconds_count{queue="q"}'), 3)
  })

  test('says at /ready whether all its workers are', async () => {
    await using kitchen = openTestKitchen()
    await using server = await kitchen.serveMetrics({ port: 0 })
    const worker = kitchen.queue('q').work(() => {})
    const ready = new URL('/ready', server.url)
    await until('it is ready', async () => (await fetch(ready)).status === 200)
    await worker.stop()
    assert.equal((await fetch(ready)).status, 200, 'one that has stopped does not count')
  })
})

describe('the server of metrics', () => {
  test('answers on loopback, says whether the process is ready, and knows no other page', async () => {
    let isReady = false
    const metrics = await Metrics.load(openKitchen())
    await using server = await MetricsServer.start(metrics, { port: 0, isReady: () => isReady })
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
    const page = await fetch(server.url)
    assert.match(page.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    assert.equal(valueIn(await page.text(), 'hob_store_up'), 1)
    const ready = new URL('/ready', server.url)
    assert.equal((await fetch(ready)).status, 503)
    isReady = true
    assert.equal((await fetch(ready)).status, 200)
    assert.equal((await fetch(new URL('/', server.url))).status, 404)
    assert.equal((await fetch(server.url, { method: 'POST', body: 'x' })).status, 405)
  })

  test('says in one line why a port cannot be had', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const metrics = await Metrics.load(openKitchen())
    await assert.rejects(
      MetricsServer.start(metrics, { port }),
      (error) => error instanceof ArgumentError && error.message.endsWith(`${port}: another program has it`),
    )
    await new Promise((resolve) => other.close(resolve))
  })

  test('outlives a connection that cannot be accepted', async () => {
    const metrics = await Metrics.load(openKitchen())
    const listen = vi.spyOn(Server.prototype, 'listen')
    await using server = await MetricsServer.start(metrics, { port: 0 })
    const [listener] = listen.mock.contexts as Server[]
    listen.mockRestore()
    // As Node tells it that no file descriptor is left.
    listener?.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))
    listener?.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))
    assert.equal((await fetch(server.url)).status, 200)
  })
})
