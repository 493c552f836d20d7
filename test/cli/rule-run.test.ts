import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, test, vi } from 'vitest'
import { HOB, hob } from './hob.js'
import { module, NAMES, withRules } from './rules.js'

// Each of some dozen commands takes a second where nothing else runs.
vi.setConfig({ testTimeout: 120_000 })

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
  test('above all when it is everything, as by a function that gives nothing back', () =>
    withRules(async (cwd, env) => {
      const forgot = '(p) => { p.first = 1 }'
      const rule = `rule({ name: 'x', input: jsonLines(), partsPreprocess: [${forgot}], keyParts: ['first'], valueParts: [] })`
      await writeFile(join(cwd, 'rules/forgot.ts'), module(rule))
      const { err, out, status } = await hob(['rule', 'run', 'forgot.x', 'rules/names.jsonl'], { cwd, env })
      assert.match(
        err,
        /\nhob: all 12 rows filtered out: does each function of partsPreprocess give the record back\?\n$/,
      )
      assert.deepEqual([out, status], ['first\n', 0])
    }))

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
      assert.match(err, /^hob: .*all 2 records were bad; the first: standard input:1: not JSON/)
      assert.equal(status, 1)
    }))

  test('--profile and --debug tell the steps', () =>
    withRules(async (cwd, env) => {
      const rule = ['rule', 'run', 'names.last_names_json', 'rules/names.jsonl']
      const { out, err } = await hob([...rule, '--profile'], { cwd, env })
      assert.equal(out, NAMES)
      assert.match(err, /^STEP +TIME +TASKS +ROWS +BYTES\nload +[\d.]+s\n(.*\n)*map +[\d.]+s +1 +12 +/)
      assert.match(err, /\nwrite .*\nengine {2}(rows|groups): .+\n$/)
      assert.match((await hob([...rule, '--debug'], { cwd, env })).err, /: reading by (rows|groups) \(.+\), 1 task\n/)
    }))

  test('--engine rows calls the functions for every record, and is told', () =>
    withRules(async (cwd, env) => {
      const rule = ['rule', 'run', 'names.last_names_json', 'rules/names.jsonl', '--profile', '--engine']
      const { out, err } = await hob([...rule, 'rows'], { cwd, env })
      assert.equal(out, NAMES)
      assert.match(err, /\nengine {2}rows: .+\n$/)
      assert.deepEqual((await hob([...rule, 'auto'], { cwd, env })).out, NAMES)
    }))

  test('a task that went by rows after all is told, with why', () =>
    withRules(async (cwd, env) => {
      const picky = "function picky(p) { if (p.last === 'bad') throw new Error('no'); return p }"
      const functions = `partsPreprocess: [count, ${picky}], keyParts: ['last'], valueParts: ['count']`
      await writeFile(join(cwd, 'rules/late.ts'), module(`rule({ name: 'late', input: jsonLines(), ${functions} })`))
      await writeFile(join(cwd, 'late.jsonl'), `${'{"last":"x"}\n'.repeat(20_000)}{"last":"bad"}\n{"last":"y"}\n`)
      const { out, err } = await hob(['rule', 'run', 'late.late', 'late.jsonl', '--profile'], { cwd, env })
      assert.equal(out, 'last,count\nx,20000\ny,1\n')
      assert.match(err, /\nengine {2}rows: .*picky threw Error: no\n/)
      assert.match(err, /late\.jsonl:20001: picky threw/)
    }))

  test('what is approximate is told, wherever standard error goes', () =>
    withRules(async (cwd, env) => {
      const users = "valueParts: [{ countDistinct: 'first', approximate: true, as: 'n' }]"
      const keysets = `keysets: { a: { keyParts: ['last'], ${users}, columnMappings: { n: 'users' } }, b: { keyParts: ['first'], ${users} } }`
      await writeFile(join(cwd, 'rules/about.ts'), module(`rule({ name: 'about', input: jsonLines(), ${keysets} })`))
      const told = async (rule: string, ...more: readonly string[]) =>
        (await hob(['rule', 'run', rule, 'rules/names.jsonl', ...more], { cwd, env })).err
      assert.equal(await told('about.about'), 'hob: a.users, b.n are approximate, within about 2 %\n')
      assert.equal(await told('about.about.a'), 'hob: a.users is approximate, within about 2 %\n')
      assert.equal(await told('about.about', '--quiet'), '')
    }))

  test('--bar tells how far it is, and the account, where there is no terminal', () =>
    withRules(async (cwd, env) => {
      const lines = Array.from({ length: 10_000 }, (_, at) => `{"last":"n${at % 7}"}\n`).join('')
      await writeFile(join(cwd, 'big.jsonl'), lines.repeat(100))
      // By groups it is done before there is a second line.
      const rule = ['rule', 'run', 'names.last_names_json', 'big.jsonl', '--bar', '--engine', 'rows']
      const { out, err } = await hob(rule, { cwd, env })
      assert.match(out, /^last,count\nn0,142900\n/)
      assert.match(err, /^(0 rows\n)?[\d,/]+ rows {2}\d+%/)
      assert.match(err, /\nhob: 1,000,000 rows read in [\d.]+s\n$/)
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

test('a rule may be named like the end of a file, and stand in the second file of one name', () =>
  withRules(async (cwd, env) => {
    const counting = (name: string) =>
      module(
        `rule({ name: '${name}', input: jsonLines(), partsPreprocess: [count], keyParts: ['last'], valueParts: ['count'] })`,
      )
    await writeFile(join(cwd, 'rules/two.ts'), counting('ts'))
    await writeFile(join(cwd, 'rules/two.js'), counting('other'))
    for (const name of ['two.ts', 'rules/two.ts', 'rules/two.ts:ts', 'two.other', 'two.js.other']) {
      const { out, err } = await hob(['rule', 'run', name, 'rules/names.jsonl'], { cwd, env })
      assert.deepEqual([out, err], [NAMES, ''], name)
    }
    const { err } = await hob(['rule', 'run', 'two.js', 'rules/names.jsonl'], { cwd, env })
    assert.match(err, /two is a module of rules: which of them\?/)
  }))

test('a field that no record has is told, with what may have been meant', () =>
  withRules(async (cwd, env) => {
    const upper = '(parts) => ({ ...parts, LAST: parts.last })'
    const misspelt = `rule({ name: 'x', input: jsonLines(), partsPreprocess: [${upper}, count], keysets: {
      a: { keyParts: ['last'], valueParts: ['coumt', { countDistinct: 'frist' }, 'zzz'] },
      b: { keyParts: ['lasst', 'first'], valueParts: ['count'] },
      c: { keyParts: ['LASST'], valueParts: ['zzz'] },
      d: { keyParts: ['last'], valueParts: ['count'] },
    } })`
    await writeFile(join(cwd, 'rules/misspelt.ts'), module(misspelt))
    for (const engine of ['rows', 'groups']) {
      const args = ['rule', 'run', 'misspelt.x', 'rules/names.jsonl', '--engine', engine]
      assert.deepEqual(
        (await hob(args, { cwd, env })).err.split('\n').slice(1, -1),
        [
          "hob: a: no record has the field 'coumt' of valueParts: did you mean count?",
          "hob: a: no record has the field 'frist' of valueParts: did you mean first?",
          "hob: a: no record has the field 'zzz' of valueParts",
          'hob: b: 0 rows counted, 12 rows without a key part left out',
          "hob: b: no record has the field 'lasst' of keyParts: did you mean last?",
          'hob: c: 0 rows counted, 12 rows without a key part left out',
          "hob: c: no record has the field 'LASST' of keyParts: did you mean last?",
        ],
        engine,
      )
    }
  }))

test('what of WebAssembly cannot be run is told to whom asks how a run went', () =>
  withRules(async (cwd, env) => {
    const args = ['rule', 'run', 'names.last_names_json', 'rules/names.jsonl']
    const without = { cwd, env: { ...env, NODE_OPTIONS: '--jitless' } }
    const { out, err: warned } = await hob(args, without)
    assert.deepEqual([out, warned.includes('wasm:')], [NAMES, false])
    const { err } = await hob([...args, '--profile'], without)
    assert.match(err, /^hob: cannot run .*scan\.wasm: .*; a slower way is taken\..*\nhob: cannot run .*quotes\.wasm: /m)
    assert.match(err, /^engine {2}rows: cannot run .*scan\.wasm/m)
  }))

test('how a run went tells of records that went by themselves', () =>
  withRules(async (cwd, env) => {
    const { err } = await hob(['rule', 'run', 'campaign.donations', 'rules/donations.csv', '--profile'], { cwd, env })
    assert.match(err, /^engine {2}groups: 8 rows in 8 groups, 1 by itself; 9 records are hardly any$/m)
    assert.doesNotMatch(err, /wasm/)
  }))

test('what a run that was killed left in the temporary folder is removed by the next', () =>
  withRules(async (cwd, env) => {
    await writeFile(
      join(cwd, 'rules/hold.ts'),
      module(`rule({ name: 'x', input: jsonLines(), pure: false, keyParts: ['a'], valueParts: [],
      partsPreprocess: [() => { console.log('held'); for (;;); }] })`),
    )
    const args = [HOB, 'rule', 'run', 'hold.x', '-']
    const killed = spawn(process.execPath, args, { cwd, env: { PATH: process.env.PATH, ...env } })
    killed.stdin.end('{"a":1}\n')
    await once(killed.stderr, 'data')
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    assert.ok((await readdir(env.TMPDIR)).filter((name) => name.startsWith('hob-')).length >= 2)
    assert.equal((await hob(['rule', 'run', 'names.last_names_json', 'rules/names.jsonl'], { cwd, env })).out, NAMES)
  }))

test('a rule may read nothing but what another makes of files', () =>
  withRules(async (cwd, env) => {
    const inner = `rule({ name: 'inner', params: { n: 1 }, sourceUrls: ({ n }) => ['names.jsonl', 'gone.jsonl'].slice(0, n),
      input: jsonLines(), partsPreprocess: [count], keyParts: ['last'], valueParts: ['count'] })`
    const outer = `rule({ name: 'outer', sourceTags: [${inner}], keyParts: ['count'], valueParts: [{ count: 'last' }] })`
    await writeFile(join(cwd, 'rules/fed.ts'), module(outer))
    const run = (...args: string[]) => hob(['rule', ...args], { cwd, env })
    assert.deepEqual(await run('run', 'fed.outer'), { status: 0, out: 'count,last_count\n1,1\n3,2\n5,1\n', err: '' })
    assert.match((await run('run', 'fed.outer', '-q')).out, /^fed\.outer\n.*rules\/names\.jsonl\n454 B to read\n/)
    assert.equal((await run('why', 'fed.outer')).status, 3)
    await hob(['send', 'any', '1'], { cwd })
    assert.match((await run('why', 'fed.outer')).out, /^fed\.outer: ready: has 1 file\n/)
    assert.match(
      (await run('run', 'fed.outer', '-P', 'n: 2')).err,
      /cannot read rules\/gone\.jsonl: there is no such file/,
    )
    assert.match((await run('run', 'fed.outer', '-P', 'n: 0')).err, /fed\.outer names nothing to read/)
  }))

test('numbers whose digits are lost in a key are told, by both engines', () =>
  withRules(async (cwd, env) => {
    const body = "rule({ name: 'x', input: jsonLines(), keyParts: ['id', 'far'], valueParts: [{ count: 'id' }] })"
    await writeFile(join(cwd, 'rules/ids.ts'), module(body))
    const lines = ['9007199254740992', '9007199254740993', '"9007199254740993"', '-7']
    await writeFile(join(cwd, 'ids.jsonl'), lines.map((id) => `{"id":${id},"far":1e300}\n`).join(''))
    for (const engine of ['rows', 'groups']) {
      const { out, err } = await hob(['rule', 'run', 'ids.x', 'ids.jsonl', '--engine', engine], { cwd, env })
      assert.equal(out, 'id,far,id_count\n-7,1e+300,1\n9007199254740992,1e+300,2\n9007199254740993,1e+300,1\n')
      assert.match(err, /^hob: 4 rows read.*\nhob: key part 'id' has numbers beyond 2\^53, .*\n$/)
    }
  }))
