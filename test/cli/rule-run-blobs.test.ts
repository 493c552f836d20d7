import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, test, vi } from 'vitest'
import { hob } from './hob.js'
import { module, NAMES, withRules } from './rules.js'

// Each of some dozen commands takes a second where nothing else runs.
vi.setConfig({ testTimeout: 120_000 })

describe('over blobs', () => {
  test('those of its tags, or of others, at least minBlobs', () =>
    withRules(async (cwd, env) => {
      await hob(['blob', 'chunk', 'example:chunk:users', 'rules/names.jsonl'], { cwd, env })
      const run = (...args: string[]) => hob(['rule', 'run', ...args], { cwd, env })
      assert.deepEqual(await run('names.last_names_json'), { status: 0, out: NAMES, err: '' })
      assert.equal((await run('names.last_names_json', '-t', 'nothing:,example:chunk')).out, NAMES)
      const query = await run('names.last_names_json', '-q')
      assert.match(query.out, /^names\.last_names_json\n1 blob of example:chunk:users\n454 B to read\n$/)
      const json = JSON.parse((await run('names.last_names_json', '-q', '--json')).out)
      assert.deepEqual(
        [json.rule, json.bytes, json.tags[0].tags],
        ['names.last_names_json', 454, ['example:chunk:users']],
      )
      const none = await run('names.last_names_json', '-t', 'example:chnk:users')
      assert.match(none.err, /^hob: there are no blobs under example:chnk:users\nDid you mean example:chunk:users\?/)
      assert.equal(none.status, 1)
      await writeFile(
        join(cwd, 'rules/many.ts'),
        module(
          "rule({ name: 'many', sourceTags: ['example:'], minBlobs: 3, input: jsonLines(), partsPreprocess: [count], keyParts: ['last'], valueParts: ['count'] })",
        ),
      )
      const few = await run('many.many')
      assert.match(few.err, /^hob: many\.many needs 3 blobs, and has 1\n-f runs it/)
      assert.equal(few.status, 1)
      assert.equal((await run('many.many', '-f')).out, NAMES)
      assert.match((await run('many.many', '-q')).out, /fewer than its minBlobs, 3: it runs with -f/)
    }))

  test('of days, and the result as blobs of another tag', () =>
    withRules(async (cwd, env) => {
      const run = (...args: string[]) => hob(['rule', 'run', 'names.last_names_json', ...args], { cwd, env })
      for (const [at, day] of ['2026-01-01', '2026-01-02', '2026-01-03'].entries()) {
        await writeFile(join(cwd, `${at}.jsonl`), `{"last":"day${at}"}\n`)
        await hob(['blob', 'chunk', `example:chunk:users:${day}`, `${at}.jsonl`], { cwd, env })
      }
      assert.equal((await run('-S', '2026-01-02', '-R', '1')).out, 'last,count\nday1,1\n')
      assert.equal((await run('-S', '2026-01-03', '-R', '2', '-O', '1')).out, 'last,count\nday0,1\nday1,1\n')
      await writeFile(join(cwd, 'bad.jsonl'), '{"last":"good"}\nno JSON\n')
      await hob(['blob', 'chunk', 'example:chunk:users:2026-02-01', 'bad.jsonl'], { cwd, env })
      const bad = await run('-S', '2026-02-01', '-R', '1')
      assert.equal(bad.out, 'last,count\ngood,1\n')
      assert.match(bad.err, /\nhob: bad rows are in rejected:example:chunk:users:2026-02-01\n$/)
      const tagged = await run('-S', '2026-01-02', '-R', '1', '-r', 'result:names')
      assert.equal(tagged.status, 0)
      assert.match(tagged.err, /^hob: wrote the result to 1 blob under result:names/)
      const [tag = ''] = /result:names\S*/.exec(tagged.err) ?? []
      const { out } = await hob(['blob', 'cat', tag], { cwd, env })
      assert.match(out, /"last":"day1"/)
    }))
})

test('a run that kept its files is gone on with, by the same rule', () =>
  withRules(async (cwd, env) => {
    const kept = await hob(['rule', 'run', 'names.last_names_json', 'rules/names.jsonl', '--save'], { cwd, env })
    const [, folder = ''] = /kept: --process-map (\/.*)\n$/.exec(kept.err) ?? assert.fail(kept.err)
    await writeFile(join(cwd, 'rules/names.jsonl'), '')
    for (const from of ['--process-map', '--process-results']) {
      const again = await hob(['rule', 'run', 'names.last_names_json', from, folder], { cwd, env })
      assert.deepEqual(again, { status: 0, out: NAMES, err: '' })
    }
    const other = await hob(['rule', 'run', 'campaign.donations', '--process-results', folder], { cwd, env })
    assert.match(other.err, /^hob: what .* keeps is not of campaign\.donations\n/)
    assert.equal(other.status, 2)
    await rm(dirname(folder), { recursive: true })
  }))
