import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished, test } from 'vitest'
import { BadLine } from '../support/bad-line/bad-line.js'
import { until } from '../support/until.js'

/** A client that keeps what it hears. */
class Client {
  readonly socket: Socket
  heard = ''
  errorCode: string | undefined

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      this.heard += text
    })
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code
    })
  }

  async hears(text: string): Promise<void> {
    await until(`it hears '${text}'; it heard '${this.heard}'`, () => this.heard.includes(text))
  }

  async fails(code: string): Promise<void> {
    await until(`it fails with ${code}, not ${this.errorCode}`, () => this.errorCode === code)
  }
}

/** A line to a server that answers what it is told, and ends when its client does. */
async function setUp(): Promise<{ readonly line: BadLine; readonly client: () => Client; readonly served: Socket[] }> {
  const served: Socket[] = []
  const echo = createServer((socket) => {
    served.push(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
  const line = await BadLine.start({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port })
  const clients: Client[] = []
  onTestFinished(async () => {
    for (const { socket } of clients) socket.destroy()
    await line.dispose()
    echo.close()
  })
  const client = () => {
    const one = new Client(line.port)
    clients.push(one)
    return one
  }
  return { line, client, served }
}

test('what is said passes, much of it too, and so does the end of either side', async () => {
  const { line, client } = await setUp()
  const one = client()
  const much = 'x'.repeat(5_000_000)
  one.socket.end(`${much}end`)
  await one.hears('end')
  assert.equal(one.heard.length, much.length + 3)
  await until('it hears the end', () => one.socket.readableEnded)
  await until('the connection is over', () => line.connectionCount === 0)
})

test('a delay holds for both ways, keeps the order, and does not add up', async () => {
  const { line, client } = await setUp()
  line.delay(50)
  const one = client()
  await once(one.socket, 'connect')
  const sinceMs = performance.now()
  for (let n = 0; n < 20; n++) {
    one.socket.write(`${n},`)
    await sleep(1)
  }
  await one.hears('19,')
  const tookMs = performance.now() - sinceMs
  assert.equal(one.heard, Array.from({ length: 20 }, (_, n) => `${n},`).join(''))
  assert.ok(tookMs >= 100 && tookMs < 900, `${tookMs} ms`)
})

test('a throttled line passes no more than it is told', async () => {
  const { line, client } = await setUp()
  line.throttle(100_000)
  const one = client()
  const sinceMs = performance.now()
  one.socket.write(`${'x'.repeat(20_000)}end`)
  await one.hears('end')
  assert.ok(performance.now() - sinceMs >= 200)
})

test('a held line takes connections and says nothing, and brings all when it is healed', async () => {
  const { line, client } = await setUp()
  const [old] = [client()]
  old.socket.write('before')
  await old.hears('before')
  line.hold()
  const young = client()
  await once(young.socket, 'connect')
  for (const one of [old, young]) one.socket.write('meanwhile')
  await sleep(100)
  assert.deepEqual([old.heard, young.heard], ['before', ''])
  await line.heal()
  await old.hears('meanwhile')
  await young.hears('meanwhile')
})

test('a forgotten connection is half open for ever, and new ones pass', async () => {
  const { line, client, served } = await setUp()
  const old = client()
  old.socket.write('before')
  await old.hears('before')
  line.forget()
  old.socket.write('lost')
  const young = client()
  young.socket.write('hello')
  await young.hears('hello')
  await line.heal()
  old.socket.end('lost')
  await sleep(100)
  assert.deepEqual([old.heard, old.errorCode, old.socket.readyState], ['before', undefined, 'readOnly'])
  assert.equal(served[0]?.readableEnded, false)
})

test('a reset breaks what there is, on both ends, and new connections pass', async () => {
  const { line, client, served } = await setUp()
  const old = client()
  old.socket.write('before')
  await old.hears('before')
  line.reset()
  await old.fails('ECONNRESET')
  await until('the server heard of it', () => served[0]?.destroyed)
  const young = client()
  young.socket.write('hello')
  await young.hears('hello')
})

test('a cut line refuses connections until it is healed', async () => {
  const { line, client } = await setUp()
  const old = client()
  old.socket.write('before')
  await old.hears('before')
  await line.cut()
  await old.fails('ECONNRESET')
  await client().fails('ECONNREFUSED')
  await line.heal()
  const young = client()
  young.socket.write('hello')
  await young.hears('hello')
})

test('a client is told when the server refuses', async () => {
  const line = await BadLine.start({ host: '127.0.0.1', port: 1 })
  onTestFinished(() => line.dispose())
  const client = new Client(line.port)
  client.socket.write('hello')
  await client.fails('ECONNRESET')
})
