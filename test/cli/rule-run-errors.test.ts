import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test, vi } from 'vitest'
import { hob } from './hob.js'
import { module, withRules } from './rules.js'

// Each of some dozen commands takes a second where nothing else runs.
vi.setConfig({ testTimeout: 120_000 })

describe('what cannot be run is told in two lines at most', () => {
  const CASES: readonly (readonly [args: readonly string[], status: number, says: RegExp])[] = [
    [['nmaes.last_names_json', 'x'], 2, /no module 'nmaes' in rules\nDid you mean names\?/],
    [
      ['names.last_name_json', 'x'],
      2,
      /there is no rule 'names\.last_name_json'\nDid you mean names\.last_names_json\?/,
    ],
    [['names', 'x'], 2, /names is a module of rules: which of them\?\nThere are names\.last_names_json,/],
    [['names.both_names.lost_names', 'x'], 2, /no keyset 'lost_names'\nDid you mean last_names\?/],
    [['names.last_names_json.x', 'x'], 2, /has no keyset 'x'\n/],
    [['names.last_names_json', 'gone.json'], 1, /cannot read gone\.json: there is no such file/],
    [['names.last_names_json', 'rules/brokn.ts'], 1, /no such file or folder\nDid you mean rules\/broken\.ts\?/],
    [['names.last_names_json', 'rules'], 1, /cannot read rules: it is a folder/],
    [['names.last_names_json', 'https://example.org/x'], 2, /is no file\nFetch it first/],
    [['names.last_names_json'], 3, /no kitchen at .*\nIts tags name the blobs.*people\.json/],
    [['names.last_names_json', 'x', '--format', 'xml'], 2, /--format: 'xml' is none of csv/],
    [
      ['names.last_names_json', 'x', '--engine', 'group'],
      2,
      /--engine: 'group' is none of .*\nDid you mean groups\?\n/,
    ],
    [['names.last_names_json', 'x', '--engine', 'duckdb'], 2, /--engine: 'duckdb' is none of auto, rows, groups\n$/],
    [['names.longest_names', 'rules/names.jsonl', '--engine', 'groups'], 1, /longest_names.* groups: it has map/],
    [['impure.x', 'rules/names.jsonl', '--engine', 'groups'], 1, /cannot go by groups: .*pure/],
    [['names.last_names_json', 'x', '-o', 'a.xml'], 2, /not written as \.xml\nA name ends with \.csv, .*--format/],
    [['names.last_names_json', 'x', '-o', 'a.jsno'], 2, /not written as \.jsno\nDid you mean json\?/],
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
    [['names.last_names_json', '-', '-'], 2, /can be read only once\n/],
    [['names.last_names_json', '/dev/null'], 2, /no file that can be read in parts.*\nGive it as standard input/],
    [['names.last_names_json', '-t', 'a/b,,c'], 2, /'a\/b' is no tag: it must not contain \/\n/],
    [['late.x', 'x'], 1, /timeDelta is 1000: write it like \{ minutes: 5 \}/],
    [['async.x', 'rules/names.jsonl'], 1, /: gave an async generator.*\nIs partsPreprocess\[0\] right/],
    [['lost.x', 'rules/names.jsonl'], 1, /no such package|Cannot find/],
  ]

  test('with what there is, or what to do', () =>
    withRules(async (cwd, env) => {
      const put = (name: string, text: string) => writeFile(join(cwd, 'rules', `${name}.ts`), text)
      await put('broken', 'const a = 1\nexport default [{]\n')
      await put('throws', "import { rule } from 'hob'\nthrow new Error('at once')\n")
      await put('faulty', module("rule({ name: 'x', keyPart: ['a'], valueParts: [] })"))
      const async = "rule({ name: 'x', input: jsonLines(), keyParts: ['first'], valueParts: [], partsPreprocess: "
      await put('async', module(`${async}[async function* (p) { yield p }] })`))
      await put('impure', module("rule({ name: 'x', pure: false, keyParts: ['first'], valueParts: [] })"))
      await put('late', module("rule({ name: 'x', timeDelta: 1000 })"))
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
