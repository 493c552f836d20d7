import assert from 'node:assert/strict'
import { describe, onTestFinished, test } from 'vitest'
import { type Host, Hosts, whyNoHosts } from '../support/hosts.js'
import { endAll, start } from '../support/running.js'
import { POSTGRES, REDIS } from '../support/servers/kinds.js'
import type { Server } from '../support/servers/server.js'

const why = whyNoHosts()
if (why !== undefined) console.log(`Not tested: several hosts, because ${why}.`)

const REACH = `
const socket = require('node:net').connect({ host: process.argv[1], port: process.argv[2], timeout: 500 })
socket.once('connect', () => process.exit(0))
socket.once('timeout', () => process.exit(1))
socket.once('error', () => process.exit(2))`

async function reaches({ within }: Host, { host, port }: Server): Promise<boolean> {
  const [first = '', ...rest] = [...within, process.execPath, '-e', REACH, host, `${port}`]
  const { status } = await start(first, rest, { cwd: '/' }).ended
  return status === 0
}

describe.skipIf(why !== undefined).each([REDIS, POSTGRES])('$name', (kind) => {
  test('on one host is reached from the others, until their plug is pulled', async () => {
    onTestFinished(endAll)
    const hosts = await Hosts.start(3)
    onTestFinished(() => hosts.end())
    const { address, within } = hosts.first
    const server = await kind.start({ host: address, within })
    onTestFinished(() => server.dispose())
    const [one, other] = hosts.others
    assert.ok(one && other)
    assert.ok(await reaches(one, server))
    hosts.cut(one)
    assert.ok(!(await reaches(one, server)))
    assert.ok(await reaches(other, server))
    hosts.join(one)
    assert.ok(await reaches(one, server))
  })
})
