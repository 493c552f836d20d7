import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, test, vi } from 'vitest'
import { HOB, hob, inScratchFolder } from './hob.js'

// Each of some dozen commands takes a second where nothing else runs.
vi.setConfig({ testTimeout: 120_000 })

const NAMES = 'last,count\nNahasapeemapetilon,3\nPowell,3\nSimpson,5\nTérminos,1\n'

const DONATIONS = {
  by_candidate: [
    { candidate: 'Joe Quimby', donations: 3, dollars: '12500.10' },
    { candidate: 'Ralph Wiggum', donations: 5, dollars: '1341.08' },
  ],
  by_state: [
    { candidate: 'Joe Quimby', state: 'NY', dollars: '2500.10' },
    { candidate: 'Joe Quimby', state: 'OR', dollars: '10000.00' },
    { candidate: 'Ralph Wiggum', state: 'ID', dollars: '12.00' },
    { candidate: 'Ralph Wiggum', state: 'OR', dollars: '1279.08' },
  ],
}

/** A folder with the example rules, and temporary files of its own. */
const withRules = (work: (cwd: string, env: { readonly TMPDIR: string }) => Promise<void>): Promise<void> =>
  inScratchFolder(async (cwd) => {
    await mkdir(join(cwd, 'tmp'))
    assert.equal((await hob(['rule', 'new', 'rules'], { cwd })).status, 0)
    await work(cwd, { TMPDIR: join(cwd, 'tmp') })
    // Whatever happened, nothing is left but what is kept of compiled modules.
    assert.deepEqual(
      (await readdir(join(cwd, 'tmp'))).filter((name) => name !== 'jiti'),
      [],
    )
  })

const module = (body: string): string =>
  `import { count, csv, jsonLines, lines, rule } from 'hob'\nexport default [${body}]\n`

describe('over files', () => {
  test('the result is CSV on standard output, and nothing else is said', () =>
    withRules(async (cwd, env) => {
      for (const args of [
        ['rule', 'run', 'names.last_names_json', 'rules/names.jsonl'],
        ['-i', 'names.last_names_json', '-u', 'rules/names.jsonl'],
        ['rule', 'run', './rules/names.last_names_json', `file://${cwd}/rules/names.jsonl`],
        ['rule', 'run', 'rules/names.ts:last_names_json', 'rules/names.jsonl', '-j', '1', '--memory', '128MiB'],
      ]) {
        assert.deepEqual(await hob(args, { cwd, env }), { status: 0, out: NAMES, err: '' }, args.join(' '))
      }
      assert.deepEqual((await readdir(cwd)).sort(), ['rules', 'tmp'])
    }))

  test('several files are one input, and so is standard input, gzipped or not', () =>
    withRules(async (cwd, env) => {
      const text = await readFile(join(cwd, 'rules/names.jsonl'), 'utf8')
      const lines = text.split('\n')
      await writeFile(join(cwd, 'a.json'), `${lines.slice(0, 5).join('\n')}\n`)
      await writeFile(join(cwd, 'b.json.gz'), gzipSync(lines.slice(5).join('\n')))
      const several = await hob(['rule', 'run', 'names.last_names_json', 'a.json', 'b.json.gz'], { cwd, env })
      assert.deepEqual(several, { status: 0, out: NAMES, err: '' })
      const piped = await hob(['rule', 'run', 'names.last_names_json', '-'], { cwd, env, input: text })
      assert.deepEqual(piped, { status: 0, out: NAMES, err: '' })
      const half = ['rule', 'run', 'names.last_names_json', '-u', '-', '-u', 'b.json.gz']
      assert.equal((await hob(half, { cwd, env, input: lines.slice(0, 5).join('\n') })).out, NAMES)
    }))

  test('each format holds all keysets', () =>
    withRules(async (cwd, env) => {
      const run = (...more: string[]) =>
        hob(['rule', 'run', 'campaign.donations', 'rules/donations.csv', '--quiet', ...more], { cwd, env })
      const csv = await run()
      assert.equal(csv.err, '')
      assert.match(csv.out, /^# by_candidate\ncandidate,donations,dollars\nJoe Quimby,3,12500\.10\n[^#]*# by_state\n/)
      assert.deepEqual(JSON.parse((await run('--json')).out), DONATIONS)
      const jsonl = (await run('--format', 'jsonl')).out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      assert.deepEqual(jsonl.at(-1), { by_state: DONATIONS.by_state.at(-1) })
      assert.equal(jsonl.length, 6)
      await run('-o', 'out.parquet')
      assert.deepEqual((await readdir(cwd)).filter((name) => name.endsWith('.parquet')).sort(), [
        'out.by_candidate.parquet',
        'out.by_state.parquet',
      ])
      const toFile = ['rule', 'run', 'campaign.donations.by_state', 'rules/donations.csv', '-o', 'one.csv', '--quiet']
      await hob(toFile, { cwd, env })
      assert.match(await readFile(join(cwd, 'one.csv'), 'utf8'), /^candidate,state,dollars\nJoe Quimby,NY,2500\.10\n/)
    }))

  test('parameters reach the functions', () =>
    withRules(async (cwd, env) => {
      await writeFile(join(cwd, 'year.yaml'), 'year: 2025\n')
      const rule = ['rule', 'run', 'campaign.donations.by_candidate', 'rules/donations.csv', '--quiet']
      assert.match((await hob([...rule, '-l', 'year.yaml'], { cwd, env })).out, /dollars\nRalph Wiggum,2,1275\.75\n$/)
      const later = await hob([...rule, '-l', 'year.yaml', '-P', '{"year": 2026}'], { cwd, env })
      assert.match(later.out, /\nJoe Quimby,3,.*\nRalph Wiggum,3,65\.33\n$/)
      await writeFile(
        join(cwd, 'rules/known.ts'),
        module(
          "rule({ name: 'known', input: lines(), partsPreprocess: [(p, { dataFile }) => dataFile.includes(p.line) ? p : null, count], keyParts: ['line'], valueParts: ['count'] })",
        ),
      )
      await writeFile(join(cwd, 'words.txt'), 'b\nc\n')
      const known = ['rule', 'run', 'known.known', '-', '--data-file', 'words.txt', '--quiet']
      assert.equal((await hob(known, { cwd, env, input: 'a\nb\nb\n' })).out, 'line,count\nb,2\n')
    }))
})

describe('what is dropped is told', () => {
  test('per keyset, and each bad row with its place', () =>
    withRules(async (cwd, env) => {
      await writeFile(
        join(cwd, 'rules/odd.ts'),
        module(
          "rule({ name: 'odd', input: jsonLines(), partsPreprocess: [(p) => { if (p.a === 'throw') throw new TypeError('no ' + p.a); return p.a === 'gone' ? null : p }], keyParts: ['a'], valueParts: ['n'] })",
        ),
      )
      const rows = [{ a: 'x', n: 1 }, { a: 'x', n: 'one' }, { n: 2 }, { a: 'throw' }, { a: 'gone' }]
      await writeFile(join(cwd, 'odd.jsonl'), `${rows.map((row) => JSON.stringify(row)).join('\n')}\nno JSON\n{"a":"x"`)
      const told = await hob(['rule', 'run', 'odd.odd', 'odd.jsonl'], { cwd, env })
      assert.equal(told.out, 'a,n\nx,1\n')
      assert.match(told.err, /^hob: 7 rows read, 3 bad ones set aside, 1 row filtered out in /)
      assert.match(
        told.err,
        /\nhob: 2 rows counted, 1 row without a key part left out, 1 value not numeric counted as 0\n/,
      )
      assert.match(told.err, /\nhob: odd\.jsonl:4: .*TypeError: no throw/)
      assert.match(told.err, /\nhob: odd\.jsonl:6: .*no JSON\n/)
      assert.match(told.err, /\nhob: --rejected FILE keeps bad rows\n$/)
      assert.equal(told.status, 0)
      const kept = await hob(['rule', 'run', 'odd.odd', 'odd.jsonl', '--rejected', 'bad.jsonl'], { cwd, env })
      assert.match(kept.err, /hob: bad rows are in bad\.jsonl\n$/)
      const bad = (await readFile(join(cwd, 'bad.jsonl'), 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      assert.deepEqual(bad.map(({ line }) => line).sort(), [4, 6, 7])
      assert.equal((await hob(['rule', 'run', 'odd.odd', 'odd.jsonl', '--quiet'], { cwd, env })).err, '')
    }))

  test('a run with too many bad rows fails with 1, and prints no result', () =>
    withRules(async (cwd, env) => {
      const { status, out, err } = await hob(['rule', 'run', 'names.last_names_json', '-'], {
        cwd,
        env,
        input: 'x\ny\n',
      })
      assert.equal(out, '')
      assert.match(err, /^hob: .*bad/)
      assert.equal(status, 1)
    }))

  test('--profile and --debug tell the steps', () =>
    withRules(async (cwd, env) => {
      const rule = ['rule', 'run', 'names.last_names_json', 'rules/names.jsonl']
      const { out, err } = await hob([...rule, '--profile'], { cwd, env })
      assert.equal(out, NAMES)
      assert.match(err, /^STEP +TIME +TASKS +ROWS +BYTES\nload +[\d.]+s\n(.*\n)*map +[\d.]+s +1 +12 +/)
      assert.match((await hob([...rule, '--debug'], { cwd, env })).err, /: reading, 1 tasks?\n/)
    }))

  test('--bar tells how far it is, and the account, where there is no terminal', () =>
    withRules(async (cwd, env) => {
      const lines = Array.from({ length: 10_000 }, (_, at) => `{"last":"n${at % 7}"}\n`).join('')
      await writeFile(join(cwd, 'big.jsonl'), lines.repeat(100))
      const { out, err } = await hob(['rule', 'run', 'names.last_names_json', 'big.jsonl', '--bar'], { cwd, env })
      assert.match(out, /^last,count\nn0,142900\n/)
      assert.match(err, /^[\d,]+ rows {2}\d+%/)
      assert.match(err, /\nhob: 1,000,000 rows read in [\d.]+s\n$/)
    }))
})

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
      const tagged = await run('-S', '2026-01-02', '-R', '1', '-r', 'result:names')
      assert.equal(tagged.status, 0)
      assert.match(tagged.err, /^hob: wrote the result to 1 blob under result:names/)
      const [tag = ''] = /result:names\S*/.exec(tagged.err) ?? []
      const { out } = await hob(['blob', 'cat', tag], { cwd, env })
      assert.match(out, /"last":"day1"/)
    }))
})

describe('what cannot be run is told in two lines at most', () => {
  const CASES: readonly (readonly [args: readonly string[], status: number, says: RegExp])[] = [
    [['nmaes.last_names_json', 'x'], 2, /no module 'nmaes' in rules\nDid you mean names\?/],
    [
      ['names.last_name_json', 'x'],
      2,
      /module names has no rule 'last_name_json'\nDid you mean names\.last_names_json\?/,
    ],
    [['names', 'x'], 2, /names is a module of rules: which of them\?\nThere are names\.last_names_json,/],
    [['names.both_names.lost_names', 'x'], 2, /no keyset 'lost_names'\nDid you mean last_names\?/],
    [['names.last_names_json.x', 'x'], 2, /has no keyset 'x'\n/],
    [['names.last_names_json', 'gone.json'], 1, /cannot read gone\.json: there is no such file/],
    [['names.last_names_json', 'rules'], 1, /cannot read rules: it is a folder/],
    [['names.last_names_json', 'https://example.org/x'], 2, /is no file\nFetch it first/],
    [['names.last_names_json'], 3, /no kitchen at .*\nIts tags name the blobs.*people\.json/],
    [['names.last_names_json', 'x', '--format', 'xml'], 2, /--format: 'xml' is none of csv/],
    [['names.last_names_json', 'x', '--format', 'parquet'], 2, /Parquet goes to a file\n/],
    [['names.last_names_json', 'x', '--memory', '1MB'], 2, /--memory: '1MB' is not from 64MiB/],
    [['names.last_names_json', 'x', '-S', '2026-02-30'], 2, /--day-start: '2026-02-30' is not a day/],
    [['names.last_names_json', 'x', '-P', 'a=b'], 2, /is no map of names to values\nWrite it like/],
    [['names.last_names_json', '--process-map', 'x', '--process-results', 'x'], 2, /exclude each other/],
    [['names.last_names_json', '--process-map', './gone'], 1, /no files of a run \.\/gone are kept\n/],
    [['broken.x', 'x'], 1, /rules\/broken\.ts:2:\d+: /],
    [['throws.x', 'x'], 1, /rules\/throws\.ts:2.*it threw while it was loaded: Error: at once/],
    [['faulty.x', 'x'], 1, /rule 'x': .*keyPart/],
    [['empty.x', 'x'], 1, /exports no rule\n/],
    [['lost.x', 'rules/names.jsonl'], 1, /no such package|Cannot find/],
  ]

  test('with what there is, or what to do', () =>
    withRules(async (cwd, env) => {
      const put = (name: string, text: string) => writeFile(join(cwd, 'rules', `${name}.ts`), text)
      await put('broken', 'const a = 1\nexport default [{]\n')
      await put('throws', "import { rule } from 'hob'\nthrow new Error('at once')\n")
      await put('faulty', module("rule({ name: 'x', keyPart: ['a'], valueParts: [] })"))
      await put('empty', 'export const a = 1\n')
      await put('lost', "import 'no-such-package'\n")
      for (const [args, status, says] of CASES) {
        const ended = await hob(['rule', 'run', ...args], { cwd, env })
        const shown = `${args.join(' ')}: ${ended.err}`
        assert.match(ended.err, says, shown)
        assert.match(ended.err, /^hob: .*\n(.*\n)?$/, shown)
        assert.equal(ended.status, status, shown)
        assert.equal(ended.out, '', shown)
      }
    }))
})

describe('ended from outside', () => {
  /** Rows that take their time. */
  const SLOW = module(
    "rule({ name: 'slow', input: lines(), partsPreprocess: [(p) => { const until = Date.now() + 5; while (Date.now() < until); return p }, count], keyParts: ['line'], valueParts: ['count'] })",
  )

  test('Ctrl-C leaves nothing, and is 130', () =>
    withRules(async (cwd, env) => {
      await writeFile(join(cwd, 'rules/slow.ts'), SLOW)
      await writeFile(join(cwd, 'many.txt'), 'a\n'.repeat(20_000))
      const child = spawn(process.execPath, [HOB, 'rule', 'run', 'slow.slow', 'many.txt', '--debug'], {
        cwd,
        env: { PATH: process.env.PATH, ...env },
      })
      let [err, isKilled] = ['', false]
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text
        if (!isKilled && err.includes('reading')) isKilled = child.kill('SIGINT')
      })
      const [status] = await once(child, 'close')
      assert.match(err, /hob: interrupted: nothing is left of it\n/)
      assert.equal(status, 130)
    }))

  test('a reader that has had enough is no failure', () =>
    withRules(async (cwd, env) => {
      await writeFile(
        join(cwd, 'rules/each.ts'),
        module(
          "rule({ name: 'each', input: lines(), partsPreprocess: [count], keyParts: ['line'], valueParts: ['count'] })",
        ),
      )
      const file = createWriteStream(join(cwd, 'many.txt'))
      for (let at = 0; at < 300_000; at++) file.write(`${at}\n`)
      file.end()
      await once(file, 'close')
      const script = `'${process.execPath}' '${HOB}' rule run each.each many.txt; echo status $? >&2`
      const child = spawn('/bin/sh', ['-c', `( ${script} ) | head -2`], {
        cwd,
        env: { PATH: process.env.PATH, ...env },
      })
      let [out, err] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text
      })
      await once(child, 'close')
      assert.equal(out, 'line,count\n0,1\n')
      assert.match(err, /^status 0\n$/m)
      assert.doesNotMatch(err, /hob:|Warning/)
    }))
})
