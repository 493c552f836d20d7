import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { HOB, hob, inScratchFolder } from './hob.js'
import { module } from './rules.js'

/** Sums that are exact, aggregates that need each value, keys that need quotes: two keysets of it. */
const RULES = `import { count, csv, lines, rule } from 'hob'
export default [
  rule({
    name: 'all',
    input: csv({ header: true }),
    partsPreprocess: [count],
    keysets: {
      keys: { keyParts: ['key'], valueParts: ['count', 'n', { min: 'n' }, { max: 'n' }, { avg: 'n' }, { count: 'n', as: 'c' }] },
      words: { keyParts: ['key', 'word'], valueParts: [{ countDistinct: 'n' }, { quantile: 'n', q: 0.5 }, 'n'], columnMappings: { n: 'sum' } },
    },
  }),
  rule({
    name: 'pairs',
    input: lines(),
    map: function* ({ line }) { for (const word of String(line).split(/\\W+/)) yield [{ word, '\\t': 1 }, [word.length, 1]] },
    combine: function* (_key, values) { let n = 0; for (const [, each] of values) n += each; yield [values[0][0], n] },
    reduce: function* ({ word }, values) { let n = 0, length = 0; for (const [l, each] of values) { n += each; length = l } yield { word, length, n } },
    columns: ['word', 'length', 'n'],
  }),
  rule({ name: 'each', input: lines(), keyParts: ['line'], valueParts: [] }),
]
`

/** A line of shell in a folder with those rules. */
function shell(
  line: string,
  cwd: string,
): Promise<{ readonly status: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(
    '/bin/bash',
    ['--norc', '-o', 'pipefail', '-c', line.replaceAll('hob ', `'${process.execPath}' '${HOB}' `)],
    {
      cwd,
      env: { PATH: process.env.PATH, TMPDIR: join(cwd, 'tmp') },
    },
  )
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, out, err })))
}

const inFolder = (work: (cwd: string) => Promise<void>): Promise<void> =>
  inScratchFolder(async (cwd) => {
    await mkdir(join(cwd, 'tmp'))
    await mkdir(join(cwd, 'rules'))
    await writeFile(join(cwd, 'rules/r.ts'), RULES)
    await work(cwd)
    assert.deepEqual(
      (await readdir(join(cwd, 'tmp'))).filter((name) => name !== 'jiti'),
      [],
    )
  })

/** Records of keys and values that are awkward, the same each time. */
function records(): string {
  const keys = ['a', '"a!', 'a b', 'ä', 'line\nend', '\ttab', '', '\u{1f9c0}', '\\N', "[1,'x']"]
  const values = ['1', '0.1', '0.2', '-1e300', '1e300', '9007199254740993', '', 'none', '3.5']
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  let text = 'key,word,n\n'
  for (let at = 0; at < 2_000; at++) {
    const [key = '', word = '', n = ''] = [keys[(at * 7) % 10], keys[(at * at) % 10], values[(at * 13) % 9]]
    text += `${quoted(key)},${quoted(word)},${n}\n`
  }
  return text
}

test('map | sort | reduce prints what a run prints, byte for byte, also of several maps', { timeout: 120_000 }, () =>
  inFolder(async (cwd) => {
    const text = records()
    await writeFile(join(cwd, 'all.csv'), text)
    const run = await shell('hob rule run r.all all.csv --quiet', cwd)
    assert.equal(run.err, '')
    assert.match(run.out, /# keys\nkey,count,n,n_min,n_max,n_avg,c\n[\s\S]*# words\nkey,word,/)
    const piped = await shell('hob rule map r.all < all.csv 2> told | LC_ALL=C sort | hob rule reduce r.all', cwd)
    assert.deepEqual(piped, { status: 0, out: run.out, err: '' })
    assert.match(
      await readFile(join(cwd, 'told'), 'utf8'),
      /^hob: keys: 2,000 rows counted, [\d,]+ values? not numeric/,
    )
    // Cut anywhere a record ends, and with hardly a key in memory, so that each comes in many lines.
    const lines = text.split('\n').length
    await writeFile(join(cwd, 'head.csv'), 'key,word,n\n')
    const header = text.indexOf('\n') + 1
    const middle = text.indexOf('\n"a"', lines * 6) + 1
    await writeFile(join(cwd, 'one.csv'), text.slice(0, middle))
    await writeFile(join(cwd, 'two.csv'), text.slice(0, header) + text.slice(middle))
    const maps = ['one', 'two'].map((name) => `hob rule map r.all --groups 3 < ${name}.csv 2> /dev/null`)
    const several = await shell(`( ${maps.join('; ')} ) | LC_ALL=C sort | hob rule reduce r.all`, cwd)
    assert.deepEqual(several, { status: 0, out: run.out, err: '' })
  }),
)

test('so it does for a rule with a map, a combine and a reduce of its own', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    await writeFile(join(cwd, 'text.txt'), `${'the cat and the hat\n'.repeat(50)}and the end`)
    const run = await shell('hob rule run r.pairs text.txt', cwd)
    assert.equal(run.out, 'word,length,n\nand,3,51\ncat,3,50\nend,3,1\nhat,3,50\nthe,3,101\n')
    const line = 'hob rule map r.pairs --groups 2 < text.txt | LC_ALL=C sort | hob rule reduce r.pairs'
    assert.deepEqual(await shell(line, cwd), { status: 0, out: run.out, err: '' })
  }),
)

test('no lines are an empty result, and what is no line is told with its number', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    assert.deepEqual(await shell('hob rule reduce r.pairs < /dev/null', cwd), {
      status: 0,
      out: 'word,length,n\n',
      err: '',
    })
    const bad = await hob(['rule', 'reduce', 'r.all'], { cwd, env: { TMPDIR: join(cwd, 'tmp') }, input: '\nx\n' })
    assert.match(bad.err, /^hob: standard input, line 2: no KEY<TAB>VALUE\nIt reads what hob rule map/)
    assert.deepEqual([bad.status, bad.out], [1, ''])
    const gone = await hob(['rule', 'map', 'r.al'], { cwd })
    assert.match(gone.err, /there is no rule 'r\.al'\nDid you mean r\.all\?/)
    assert.equal(gone.status, 2)
  }),
)

test('a map of a damaged gzip, and of nothing but bad records, fails and says why', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    const packed = await shell(`printf '\\037\\213\\010junk' | hob rule map r.each`, cwd)
    assert.equal(packed.status, 1)
    assert.match(packed.err, /^hob: standard input: its gzip is damaged: .*\nFetch or make the file anew\.\n$/)
    const bad = await shell(`printf '\\000\\n\\377\\n' | hob rule map r.each`, cwd)
    assert.deepEqual([bad.status, bad.out], [1, ''])
    assert.match(bad.err, /\nhob: rule r\.each: all 2 records were bad; the first: standard input:1: a NUL byte\n/)
  }),
)

test('a reader that has had enough ends a map of input without an end', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    const { out, err } = await shell(`set +o pipefail; yes abcdefgh | hob rule map r.each | head -1`, cwd)
    assert.deepEqual({ out, err }, { out: '["abcdefgh"]\t[]\n', err: '' })
  }),
)

test('signals are heard whatever functions do', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    const spin = `() => { writeFileSync('begun', ''); for (;;); }`
    const rules = [
      `rule({ name: 'map', input: lines(), partsPreprocess: [${spin}], keyParts: ['line'], valueParts: [] })`,
      `rule({ name: 'reduce', input: lines(), keyParts: ['line'], valueParts: [], partsPostprocess: [${spin}] })`,
    ]
    await writeFile(join(cwd, 'rules/spin.ts'), `import { writeFileSync } from 'node:fs'\n${module(rules.join(','))}`)
    await writeFile(join(cwd, 'lines'), '["a"]\t[]\n')
    for (const [name, kill, status] of [
      ['map', 'INT', 130],
      ['reduce', 'TERM', 143],
    ] as const) {
      // A command in the background of a shell would pass over Ctrl-C, but for `set -m`.
      const hasBegun = 'until [ -e begun ]; do sleep 0.1; done; rm begun'
      const script = `hob rule ${name} spin.${name} < lines & ${hasBegun}; kill -${kill} $!; wait $!; echo $?`
      const { out, err } = await shell(`set -m; ${script}`, cwd)
      assert.equal(out, `${status}\n`, err)
      assert.match(err, /^hob: interrupted: nothing is left of it\n/)
    }
  }),
)
