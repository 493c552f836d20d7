import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { RulesFarm } from '../support/rules-farm.js'
import type { Running } from '../support/running.js'
import { until } from '../support/until.js'
import { hob } from './hob.js'

const LINES = '{"last":"Ito"}\n{"last":"Powell"}\n{"last":"Powell"}\n'

const ruleText = (name: string, more = ''): string => `import { count, jsonLines, rule } from 'hob'
export default [
  rule({
    name: '${name}', sourceTags: 'incoming:names', archive: true, timeDelta: { seconds: 0 }, input: jsonLines(),
    partsPreprocess: [count], keyParts: ['last'], valueParts: ['count'], ${more}
  }),
]
`

const logged = (daemon: Running, pattern: RegExp): Promise<RegExpExecArray> =>
  until(`the log has ${pattern}; it has ${daemon.out}${daemon.err}`, () => pattern.exec(daemon.out) ?? undefined)

test('the log of a day: skipped, woken by tags, run, archived; stopped by Ctrl-C', async () => {
  await using farm = await RulesFarm.open({ 'names.ts': ruleText('last', 'minBlobs: 2') })
  const daemon = await farm.daemon()
  await logged(daemon, /Skipping job names\.last: 2 blobs required, have only 0\n/)
  await farm.push('incoming:names:x', ['one'], LINES)
  const pushedMs = performance.now()
  await logged(daemon, /Skipping job names\.last: 2 blobs required, have only 1\n/)
  assert.ok(performance.now() - pushedMs < 2_000)
  // What is no blob of the rule is no news.
  await farm.push('other:names', ['two'], LINES)
  await farm.push('incoming:names:x', ['three'], `${LINES}{"first":"Ada"}\n{"last\n`)
  await logged(daemon, /Archived 2 blobs.*\n.*\n.*have only 0\n$/)
  daemon.kill('SIGINT')
  const { status, out, err } = await daemon.ended
  assert.deepEqual([status, err], [130, ''])
  const [, run = ''] = /Started job (\S+)/.exec(out) ?? []
  const day = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \d+ /
  assert.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map((line) => {
        assert.match(line, day)
        return line
          .replace(day, '')
          .replace(run, 'RUN')
          .replace(/It took .*/, 'It took …')
      }),
    [
      '[rules.daemon] Starting the rules daemon on .hob/hob.db, rules of rules',
      '[rules.daemon] Loaded 1 rule: names.last',
      "[rules.job] Processing tags: ['incoming:names']",
      '[rules.job] Skipping job names.last: 2 blobs required, have only 0',
      "[rules.job] Processing tags: ['incoming:names']",
      '[rules.job] Skipping job names.last: 2 blobs required, have only 1',
      "[rules.job] Processing tags: ['incoming:names']",
      '[rules.job] Started job RUN processing 2 blobs',
      '[rules.job] Done waiting for job RUN',
      '[rules.result] RUN: Finished processing 8 lines in 1 keyset. It took …',
      '[rules.result] RUN: 1 bad row set aside, 1 row without a key',
      '[rules.archiver] Archived 2 blobs to processed:names:x',
      "[rules.job] Processing tags: ['incoming:names']",
      '[rules.job] Skipping job names.last: 2 blobs required, have only 0',
      '[rules.daemon] no more runs are taken; what runs may end. Ctrl-C again ends it and gives its runs back.',
      '[rules.daemon] Stopped',
    ],
  )
  const history = await hob(['rule', 'history'], { cwd: farm.folder })
  assert.match(history.out, /^names\.last@\S+ +done .* 2 +8 +1 +2 +(rows|groups)$/m)
})

describe('rules that change', () => {
  test('an edit, a new module, and one that does not load, which leaves the others alone', async () => {
    await using farm = await RulesFarm.open({ 'names.ts': ruleText('last', 'minBlobs: 3') })
    const daemon = await farm.daemon()
    await farm.push('incoming:names', ['one'], LINES)
    await logged(daemon, /3 blobs required, have only 1\n/)
    await farm.write('broken.ts', "import { rule } from 'hob'\nexport default [rule({ name: ]\n")
    await logged(daemon, /A module does not load: rules\/broken\.ts:2:\d+: /)
    await farm.write('names.ts', ruleText('last', 'minBlobs: 2'))
    await logged(daemon, /2 blobs required, have only 1\n/)
    await farm.write('names.ts', ruleText('last', 'minBlobs: 1'))
    await logged(daemon, /Archived 1 blob to processed:names\n/)
    await rm(join(farm.folder, 'rules/broken.ts'))
    await farm.write('more.ts', ruleText('other').replace('incoming:names', 'nothing'))
    await logged(daemon, /Loaded 2 rules: more\.other, names\.last\n/)
  })

  test('one that failed, or did not load, goes on as soon as its rule is mended', async () => {
    const waits = `ruleInit: async () => { while (!existsSync('go')) await new Promise((go) => setTimeout(go, 20)) }`
    const text = (more: string): string => `import { existsSync } from 'node:fs'\n${ruleText('last', more)}`
    await using farm = await RulesFarm.open({ 'names.ts': text(waits) })
    const daemon = await farm.daemon()
    await farm.push('incoming:names', ['one'], LINES)
    await logged(daemon, /Started job/)
    await farm.write('names.ts', `${text(waits)}import {\n`)
    await logged(daemon, /A module does not load: rules\/names\.ts:\d+/)
    await writeFile(join(farm.folder, 'go'), '')
    await logged(daemon, /Job \S+ failed: rules\/names\.ts:\d+.*; tried again at/)
    await farm.write('names.ts', text("partsPostprocess: [() => { throw new Error('no luck') }]"))
    await logged(daemon, /Job \S+ failed: .*no luck.*; tried again at/)
    const waiting = await hob(['rule', 'why', 'names.last'], { cwd: farm.folder })
    assert.match(waiting.out, /waits to try again at .*no luck/)
    await farm.write('names.ts', ruleText('last'))
    await logged(daemon, /Archived 1 blob to processed:names\n/)
    assert.equal(daemon.out.split('Started job').length, 2)
  })

  test('what a run counts is the rule as it is now, not as the daemon found it', async () => {
    await using farm = await RulesFarm.open({ 'names.ts': ruleText('last', "resultTag: 'result:old'") })
    const daemon = await farm.daemon()
    await farm.push('incoming:names', ['one'], LINES)
    await logged(daemon, /Archived 1 blob to processed:names\n/)
    await farm.write('names.ts', ruleText('last', "resultTag: 'result:new'"))
    await until('it is loaded', () => daemon.out.split('Loaded ').length === 3)
    await farm.push('incoming:names', ['two'], LINES.replaceAll('Powell', 'Ito'))
    await until('both are archived', () => daemon.out.split('Archived ').length === 3)
    const blobs = await farm.kitchen.blobs()
    const tags = (await blobs.tags('result:')).map(({ tag }) => tag.slice(0, 10)).sort()
    assert.deepEqual(tags, ['result:new', 'result:old'])
  })
})

test('pause and resume from another process', async () => {
  await using farm = await RulesFarm.open({ 'names.ts': ruleText('last') })
  const daemon = await farm.daemon()
  const { folder: cwd } = farm
  await hob(['rule', 'pause', 'names.last'], { cwd })
  await logged(daemon, /Skipping job names\.last: paused; has 0 of 1 blob/)
  await farm.push('incoming:names', ['one'], LINES)
  await logged(daemon, /Skipping job names\.last: paused\n/)
  assert.match((await hob(['rule', 'why', 'last'], { cwd })).out, /^names\.last: paused\n/)
  await hob(['rule', 'resume', 'names.last'], { cwd })
  await logged(daemon, /Archived 1 blob/)
})

test('--paused begins nothing, and is seen by hob nodes', async () => {
  await using farm = await RulesFarm.open({ 'names.ts': ruleText('last') })
  await farm.push('incoming:names', ['one'], LINES)
  const daemon = await farm.daemon(['--paused', '--name', 'rulekeeper'])
  const { cwd } = { cwd: farm.folder }
  await until('it is seen', async () => /rulekeeper +.*rules/.test((await hob(['nodes'], { cwd })).out))
  daemon.kill('SIGTERM')
  const { status, out } = await daemon.ended
  assert.equal(status, 143)
  assert.doesNotMatch(out, /Started job/)
  assert.doesNotMatch((await hob(['nodes'], { cwd })).out, /rulekeeper/)
})

test('people are told of a run that failed and of one that went well', async () => {
  const posts: { readonly event: string; readonly rule: string; readonly error: string | null }[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request.setEncoding('utf8')) text += part
    posts.push(JSON.parse(text))
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  const wish = `notify: [{ webhook: '${url}', on: 'both' }, { mail: 'ops@example.org' }], retryLimit: 0,`
  const failing = ruleText(
    'bad',
    `${wish} archiveTagPrefix: 'counted', fieldTransforms: { last: () => { throw new Error('no names today') } },`,
  )
  await using farm = await RulesFarm.open({ 'good.ts': ruleText('last', wish), 'wrong.ts': failing })
  const daemon = await farm.daemon()
  await farm.push('incoming:names', ['one'], LINES)
  const place = url.slice(7).replace('/token', '')
  await logged(daemon, new RegExp(`good\\.last@\\S+: told by webhook ${place}\\n`))
  await logged(daemon, new RegExp(`wrong\\.bad@\\S+: told by webhook ${place}\\n`))
  await logged(daemon, /wrong\.bad@\S+: not told by mail to ops@example\.org: HOB_SMTP_URL names no mail server/)
  assert.doesNotMatch(daemon.out, /token/)
  assert.deepEqual(posts.map(({ event, rule }) => `${rule} ${event}`).sort(), [
    'good.last success',
    'wrong.bad failure',
  ])
  assert.match(posts.find(({ event }) => event === 'failure')?.error ?? '', /no names today/)
  assert.match(
    (await hob(['rule', 'why', 'bad'], { cwd: farm.folder })).out,
    /was given up, not begun again before .*no names today/,
  )
  server.close()
})

test('due again by time alone', async () => {
  await using farm = await RulesFarm.open({ 'names.ts': ruleText('last').replace('seconds: 0', 'seconds: 2') })
  const daemon = await farm.daemon()
  await farm.push('incoming:names', ['one'], LINES)
  await logged(daemon, /Archived 1 blob/)
  await farm.push('incoming:names', ['two'], LINES)
  await until('the second is archived', () => daemon.out.split('Archived ').length === 3)
  const starts = JSON.parse((await hob(['rule', 'history', '--json'], { cwd: farm.folder })).out)
  const [second, first] = starts.map(({ startedMs }: { startedMs: number }) => startedMs)
  assert.ok(second - first >= 2_000 && second - first < 5_000, `${second - first}`)
})

test('without a folder it says so and ends', async () => {
  await using farm = await RulesFarm.open({})
  const { status, err } = await hob(['rule', 'daemon', '--rules', 'nowhere'], { cwd: farm.folder })
  assert.equal(status, 1)
  assert.match(err, /cannot read nowhere: there is no such file or folder\n.*hob rule new/)
})

test('--json: a line for each event', async () => {
  await using farm = await RulesFarm.open({ 'names.ts': ruleText('last') })
  const daemon = await farm.daemon(['--json'])
  await farm.push('incoming:names', ['one'], LINES)
  await until('it is done', () => daemon.out.includes('"event":"done"'))
  daemon.kill('SIGINT')
  const { out } = await daemon.ended
  const events = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const kinds = events
    .map(({ kind, event }) => event ?? kind)
    .filter((kind) => kind !== 'progress' && kind !== 'skipped')
  assert.deepEqual(kinds, ['loaded', 'started', 'began', 'saving', 'done'])
  const done = events.find(({ event }) => event === 'done')
  assert.deepEqual([done.archived, done.run.blobs, done.run.rowsOut], [{ 'processed:names': 1 }, 1, { _default: 2 }])
})
