import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'vitest'
import { type JoblogEntry, openJoblog } from '#hob/orders/joblog.js'

const HEADER = 'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\tId\tAttempt\tWaiter'

const entry: JoblogEntry = {
  seq: 1,
  host: 'web1',
  startedMs: 1_389_825_762_641,
  ranMs: 3_004,
  sendBytes: 0,
  receiveBytes: 21,
  exitCode: 0,
  signal: null,
  command: ['./crunch.sh', 'a b', 'tab\there'],
  id: '17',
  attempt: 1,
  waiter: 'web1/88025',
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-joblog-'))
})
afterEach(() => rm(folder, { recursive: true }))

test("a joblog has parallel's nine columns, then our own", async () => {
  const path = join(folder, 'log')
  const log = await openJoblog(path)
  await log.write(entry)
  await log.write({ ...entry, seq: 2, exitCode: null, signal: 'SIGKILL', waiter: 'a\nb' })
  await log.close()
  await log.close()
  const command = "./crunch.sh 'a b' $'tab\\there'"
  assert.equal(
    await readFile(path, 'utf8'),
    `${HEADER}\n` +
      `1\tweb1\t1389825762.641\t     3.004\t0\t21\t0\t0\t${command}\t17\t1\tweb1/88025\n` +
      `2\tweb1\t1389825762.641\t     3.004\t0\t21\t0\t9\t${command}\t17\t1\ta b\n`,
  )
})

test('a joblog that is there goes on; an empty file gets the header', async () => {
  const path = join(folder, 'log')
  await writeFile(path, '')
  for (const seq of [1, 2]) {
    const log = await openJoblog(path)
    await log.write({ ...entry, seq })
    await log.close()
  }
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => line.split('\t')[0]),
    ['Seq', '1', '2'],
  )
})

test('more lines than a buffer holds all arrive, in order, from many writers at once', async () => {
  const path = join(folder, 'log')
  const log = await openJoblog(path)
  await Promise.all(Array.from({ length: 2_000 }, (_, at) => log.write({ ...entry, seq: at + 1 })))
  await log.close()
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n').slice(1)
  assert.deepEqual(
    lines.map((line) => Number(line.split('\t')[0])),
    Array.from({ length: 2_000 }, (_, at) => at + 1),
  )
})

test('a joblog that cannot be written is refused at once', async () => {
  await assert.rejects(openJoblog(join(folder, 'no', 'log')), {
    code: 'argument',
    message: /^cannot write the joblog .*ENOENT/,
  })
  await assert.rejects(openJoblog(folder), { code: 'argument', message: /EISDIR/ })
})

test('a disk that fills up is told, once it is known', async () => {
  const log = await openJoblog('/dev/full')
  await assert.rejects(log.close(), { code: 'joblog', message: /ENOSPC/ })
  await assert.rejects(log.write(entry), { code: 'joblog', message: /ENOSPC/ })
})
