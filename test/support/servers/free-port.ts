import { createServer } from 'node:net'

/**
 * Below the ports that systems give to outgoing connections (32768 and up on Linux, 49152 on macOS). From among those, a
 * client that calls a server that is down can be given the server's own port, and then it speaks to itself.
 */
const [FIRST, COUNT] = [12_000, 20_000]

/** A port of this machine on which nothing listens now; somebody may be quicker to use it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
