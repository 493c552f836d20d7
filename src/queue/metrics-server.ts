import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ArgumentError } from '../core/errors.js'
import type { Metrics } from './metrics.js'

/** Where to serve metrics. */
export interface MetricsServerOptions {
  /** 1 to 65,535; 0 for any that is free. */
  readonly port: number
  /** 127.0.0.1 unless given: nobody else's business, unless told otherwise. */
  readonly host?: string
  /** What `/ready` answers: 200 while true, else 503. Always true unless given. */
  readonly isReady?: () => boolean
}

/** Somebody who asks metrics of a process is a scraper or two, and slow ones must not pile up. */
const CONNECTIONS_MAX = 32
const REQUEST_MS_MAX = 10_000

/** Serves `/metrics` and `/ready` over HTTP. */
export class MetricsServer implements AsyncDisposable {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** @throws ArgumentError when the port cannot be had. */
  static async start(
    metrics: Metrics,
    { port, host = '127.0.0.1', isReady }: MetricsServerOptions,
  ): Promise<MetricsServer> {
    // Loaded late: few serve metrics, and it takes 10 ms of each process and thread that loads the library.
    const { createServer } = await import('node:http')
    const server = createServer((request, response) => void answer(request, response, metrics, isReady ?? (() => true)))
    server.maxConnections = CONNECTIONS_MAX
    server.requestTimeout = REQUEST_MS_MAX
    server.headersTimeout = REQUEST_MS_MAX
    // A process ends when its work does.
    server.unref()
    await new Promise<void>((resolve, reject) => {
      // It stays: a connection that cannot be accepted later, with no file descriptor left, must not end the process.
      server.on('error', (cause: NodeJS.ErrnoException) => reject(noPort(cause, host, port)))
      server.listen(port, host, resolve)
    })
    return new MetricsServer(server)
  }

  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`
  }

  /** Safe twice. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

async function answer(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  metrics: Metrics,
  isReady: () => boolean,
): Promise<void> {
  const path = url?.split('?')[0]
  if (method !== 'GET' && method !== 'HEAD') return say(response, 405, 'Only GET.\n')
  if (path === '/ready') return isReady() ? say(response, 200, 'ready\n') : say(response, 503, 'not ready\n')
  if (path !== '/metrics') return say(response, 404, 'There are /metrics and /ready.\n')
  try {
    say(response, 200, await metrics.text(), metrics.contentType)
  } catch {
    say(response, 500, 'The metrics could not be collected.\n')
  }
}

function say(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(text)
}

function noPort(cause: NodeJS.ErrnoException, host: string, port: number): ArgumentError {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program has it',
    EACCES: 'this user may not have it',
    EADDRNOTAVAIL: 'this machine has no such address',
  }
  return new ArgumentError(`metrics cannot be served on ${host}:${port}: ${why[cause.code ?? ''] ?? cause.message}`, {
    hint: 'Name another port; 0 takes any that is free.',
    cause,
  })
}
