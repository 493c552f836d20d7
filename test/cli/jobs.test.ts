import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { JobView } from '#hob/broker/control.js'
import { jobLines } from '#hob/cli/job-lines.js'
import { makePaint } from '#hob/cli/print/colour.js'
import { jobView } from '../support/views.js'
import { hob, inScratchFolder } from './hob.js'

const NOW_MS = 1_700_000_000_000

const JOB: JobView = jobView({
  queue: 'mail',
  payload: '{"to":"ada"}',
  sentMs: NOW_MS - 90_000,
  dueMs: NOW_MS - 90_000,
})

const table = (jobs: readonly JobView[], width: number): readonly string[] =>
  jobLines(jobs, { nowMs: NOW_MS, width, paint: makePaint(false) })

test('a table has the columns that its jobs need', () => {
  assert.deepEqual(table([JOB], 80), [
    'ID  STATE     AGE  ATTEMPTS  PAYLOAD',
    '1   READY  1m 30s         0  {"to":"ada"}',
  ])
  const failed: JobView = {
    ...JOB,
    id: '2',
    state: 'error',
    attempts: 2,
    attemptsMax: 2,
    key: 'k',
    priority: -5,
    error: 'Error: no\n    at stack',
  }
  assert.deepEqual(table([JOB, failed], 100), [
    'ID  STATE     AGE  ATTEMPTS  PRIORITY  KEY  PAYLOAD       ERROR',
    '1   READY  1m 30s         0         0       {"to":"ada"}',
    '2   ERROR  1m 30s       2/2        -5  k    {"to":"ada"}  Error: no',
  ])
})

test('no line is wider than the terminal, whatever a payload and an error hold', () => {
  const long: JobView = {
    ...JOB,
    payload: JSON.stringify({ text: `${'x'.repeat(5_000)}\u001b[31m` }, null, 2),
    error: `Error: ${'y'.repeat(500)}`,
  }
  const lines = table([long], 90)
  assert.ok(
    lines.every((line) => line.length <= 90),
    lines.join('\n'),
  )
  assert.match(lines[1] ?? '', /\{ "text": "x+… +Error: y+…$/)
  assert.ok(table([long], 10).every((line) => line.length < 90))
})

test('a queue is listed page by page, and the next page is told', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail'], { cwd, input: Array.from({ length: 120 }, (_, at) => `${at}\n`).join('') })
    const first = await hob(['jobs', 'mail'], { cwd })
    assert.equal(first.out.trimEnd().split('\n').length, 101)
    assert.equal(first.err, 'hob: there are more: hob jobs mail --after 100\n')
    const second = await hob(['jobs', 'mail', '--after', '100'], { cwd })
    assert.deepEqual([second.out.trimEnd().split('\n').length, second.err], [21, ''])
    const few = JSON.parse((await hob(['jobs', 'mail', '--limit', '2', '--after', '7', '--json'], { cwd })).out)
    assert.deepEqual([few.next, few.jobs.map(({ payload }: { payload: number }) => payload)], ['9', [7, 8]])
    const lines = (await hob(['jobs', 'mail', '--jsonl'], { cwd })).out.trimEnd().split('\n')
    assert.deepEqual([lines.length, JSON.parse(lines[119] ?? '').payload], [120, 119])
    assert.equal(
      (await hob(['jobs', 'mail', '--jsonl', '--limit', '70'], { cwd })).out.trimEnd().split('\n').length,
      70,
    )
  }))

test('jobs in no such state, and queues that are not there', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1'], { cwd })
    const none = await hob(['jobs', 'mail', '--state', 'error,cancelled'], { cwd })
    assert.deepEqual(none, { status: 0, out: 'no job of mail is ERROR or CANCELLED\n', err: '' })
    assert.deepEqual(await hob(['jobs', 'mial'], { cwd }), {
      status: 1,
      out: '',
      err: "hob: there is no queue 'mial'\nDid you mean mail? Queues here: mail.\n",
    })
    assert.equal((await hob(['jobs', 'mail', '--state', 'broken'], { cwd })).status, 2)
    const after = (...args: readonly string[]) => hob(['jobs', 'mail', '--after', ...args], { cwd })
    assert.equal((await after('99')).out, 'mail has no more jobs after 99\n')
    assert.equal((await after('1', '--state', 'ready')).out, 'no job of mail after 1 is READY\n')
    assert.deepEqual(await after('x'), {
      status: 2,
      out: '',
      err: "hob: --after: 'x' is no id of a job\nIds are numbers, as hob jobs shows them.\n",
    })
  }))

test('job tells several lives, and which of them there are not', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '{"to":"ada"}', '2'], { cwd })
    const { status, out, err } = await hob(['job', '1', '9', '2'], { cwd })
    assert.equal(status, 1)
    assert.match(out, /^Job 1 of mail is READY\.\nIts payload is \{"to":"ada"\}\.[\s\S]*\n\nJob 2 of mail/)
    assert.match(err, /^hob: there is no job '9'\n/)
    const [job] = JSON.parse((await hob(['job', '1', '--json'], { cwd })).out)
    assert.deepEqual([job.payload, job.result, job.log, job.progress], [{ to: 'ada' }, null, [], null])
  }))
