import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import type { Finding } from '#hob/broker/diagnosis.js'
import { kindOf, typeFrom } from '#hob/broker/sqlite/file-system.js'
import { openSqlite, type SqliteOptions } from '#hob/broker/sqlite/open.js'

async function withKitchen(
  more: Partial<SqliteOptions>,
  work: (broker: Broker, file: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hob-diagnose-'))
  const file = join(folder, 'hob.db')
  const broker = await openSqlite({ file, synchronous: 'full', create: true, nowMs: Date.now, ...more })
  try {
    await work(broker, file)
  } finally {
    await broker.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const findingOf = async (broker: Broker, topic: string): Promise<Finding | undefined> =>
  (await broker.diagnose({})).findings.find((finding) => finding.topic === topic)

test('commits that are not forced to the disk are a note, and what survives says so', async () => {
  await withKitchen({ synchronous: 'normal' }, async (broker) => {
    assert.equal((await findingOf(broker, 'durability'))?.level, 'note')
    assert.doesNotMatch((await broker.diagnose({})).survives, /and a power cut/)
  })
  await withKitchen({}, async (broker) => assert.equal((await findingOf(broker, 'durability'))?.level, 'good'))
})

test('a log that has grown large is a note, and one that fills the disk is bad', () =>
  withKitchen({}, async (broker, file) => {
    await broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
    const levels: unknown[] = []
    // Beyond its last frame SQLite reads nothing of it, and a file system keeps no room for what was never written.
    for (const mebibytes of [100, 200, 3_000]) {
      truncateSync(`${file}-wal`, mebibytes * 1024 * 1024)
      levels.push((await findingOf(broker, 'log'))?.level)
    }
    assert.deepEqual(levels, ['good', 'note', 'bad'])
    assert.equal((await broker.queues())[0]?.counts.ready, 1)
  }))

describe('file systems', () => {
  const MOUNTS = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw
30 27 0:40 / /srv rw - nfs4 server:/srv rw
31 30 0:41 / /srv/fast\\040disk rw - tmpfs tmpfs rw
32 31 0:42 / /srv/fast\\040disk rw - xfs /dev/vdb rw
`

  test('the innermost mount that holds a path tells its type, the later of two on one point', () => {
    const types = ['/home/a.db', '/srv/a.db', '/srvx/a.db', '/srv/fast disk/a.db'].map((path) => typeFrom(MOUNTS, path))
    assert.deepEqual(types, ['ext4', 'nfs4', 'ext4', 'xfs'])
    assert.equal(typeFrom('', '/x'), undefined)
  })

  test('types are what they are known for', () => {
    const types = ['ext4', 'xfs', 'btrfs', 'nfs', 'nfs4', 'cifs', 'fuse.sshfs', 'fuse.foo', '9p', 'overlay', 'tmpfs']
    assert.deepEqual(types.map(kindOf), [
      ...['local', 'local', 'local', 'network', 'network', 'network', 'network'],
      ...['shared', 'shared', 'layer', 'memory'],
    ])
  })
})
