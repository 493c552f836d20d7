import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { count, csv, fill, jsonLines, RuleError, type RuleOptions, rule, slice, trim, where } from '#hob/index.js'
import { isRule } from '#hob/rule/definition.js'

const names: RuleOptions = {
  name: 'last_names_json',
  sourceTags: ['example:chunk:users'],
  input: jsonLines(),
  partsPreprocess: [count],
  keyParts: ['last'],
  valueParts: ['count'],
}

/** What a program without types may write. */
const faultsOf = (more: object, base: object = names): string => {
  try {
    rule({ ...base, ...more } as RuleOptions)
  } catch (error) {
    assert.ok(error instanceof RuleError)
    assert.equal(error.code, 'rule')
    return error.message
  }
  return ''
}

describe('a rule', () => {
  test('is a value with nothing optional left, frozen', () => {
    const made = rule(names)
    assert.ok(isRule(made) && !isRule(names))
    assert.deepEqual(made.keysets, [
      {
        name: '_default',
        keyParts: ['last'],
        values: [{ kind: 'sum', part: 'count', column: 'count', q: 0 }],
        columnMappings: {},
        table: 'last_names_json',
        partsPreprocess: [],
        partsPostprocess: [],
      },
    ])
    assert.deepEqual([made.minBlobs, made.maxBlobs, made.partitions, made.maxBadRatio], [1, 1_000, 1, 1])
    assert.deepEqual([made.input, made.sourceTags, made.sourceRules], [{ kind: 'jsonLines' }, names.sourceTags, []])
    assert.ok([made, made.options, made.keysets, made.keysets[0], made.keysets[0]?.values].every(Object.isFrozen))
  })

  test('may have keysets, each with columns of its own, and feed another rule', () => {
    const first = rule(names)
    const after = () => null
    const made = rule({
      name: 'money',
      sourceTags: [first, 'donations'],
      keysets: {
        by_city: {
          keyParts: ['city'],
          valueParts: [
            'amount',
            { min: 'amount' },
            { quantile: 'amount', q: 0.5, as: 'median' },
            { countDistinct: 'who', approximate: true },
          ],
          columnMappings: { amount: 'total' },
          table: 'cities',
          partsPostprocess: [count],
        },
        by_state: { keyParts: ['state'], valueParts: [] },
      },
      partsPostprocess: [after],
    })
    assert.deepEqual([made.sourceRules, made.sourceTags], [[first], ['donations']])
    assert.deepEqual(
      made.keysets.map(({ name, table, partsPostprocess }) => [name, table, partsPostprocess]),
      [
        ['by_city', 'cities', [count, after]],
        ['by_state', 'by_state', [after]],
      ],
    )
    assert.deepEqual(made.keysets[0]?.values.slice(1), [
      { kind: 'min', part: 'amount', column: 'amount_min', q: 0 },
      { kind: 'quantile', part: 'amount', column: 'median', q: 0.5 },
      { kind: 'countDistinctApproximate', part: 'who', column: 'who_countDistinct', q: 0 },
    ])
  })

  test('tells all that is wrong with it at once, and what may have been meant', () => {
    assert.equal(
      faultsOf({ keyPart: ['last'], minBlobs: 0, archive: 'yes' }),
      "rule 'last_names_json': it has no 'keyPart': did you mean keyParts?; archive is \"yes\": it must be true or false; " +
        'minBlobs is 0: it must be a whole number from 1 to 4000',
    )
  })

  const { keyParts, valueParts, ...bare } = names
  const sum = (key: string): readonly [string, number] => [key, 1]
  const map = { map: (parts: { last: string }) => [sum(parts.last)], reduce: () => [], columns: ['a'] }

  test.each<[fault: RegExp, more: object, base?: object]>([
    [/its name must have/, { name: 'a b' }],
    [/^a rule: name is missing/, { name: undefined }],
    [/it computes nothing/, {}, bare],
    [/valueParts is missing/, { keyParts }, bare],
    [/keyParts names no field/, { keyParts: [] }],
    [/keyParts\[0\] is 5: it must be a text/, { keyParts: [5] }],
    [/keyParts is "last": it must be a list/, { keyParts: 'last' }],
    [
      /it has both keysets and keyParts; it has both keysets and valueParts/,
      { keysets: { a: { keyParts, valueParts } } },
    ],
    [/keysets has none/, { keysets: {} }, bare],
    [/keyset 'a' has no 'keyparts': did you mean keyParts\?/, { keysets: { a: { keyparts: 1, valueParts } } }, bare],
    [
      /keyset 'a': partsPostprocess is true/,
      { keysets: { a: { keyParts, valueParts, partsPostprocess: true } } },
      bare,
    ],
    [/keyset '_map': its name/, { keysets: { _map: { keyParts, valueParts } } }, bare],
    [/it has both map and keyParts/, map],
    [/it has map without reduce/, { ...map, reduce: undefined }, bare],
    [/it has map without columns/, { ...map, columns: undefined }, bare],
    [/columns 'a' and 'A' differ/, { ...map, columns: ['a', 'A'] }, bare],
    [/it has reduce without map/, { reduce: () => [] }],
    [/it has combine without map/, { combine: () => [] }],
    [/'last' is a column twice/, { valueParts: ['last'] }],
    [/the result has the column 'last' twice/, { columnMappings: { count: 'last' } }],
    [/'last' and 'Last' differ in upper and lower case/, { columnMappings: { count: 'Last' } }],
    [/columnMappings: no column 'lats': did you mean last\?/, { columnMappings: { lats: 'name' } }],
    [/columnMappings.last is 3/, { columnMappings: { last: 3 } }],
    [/valueParts\[0\] must name one of sum, min/, { valueParts: [{ as: 'x' }] }],
    [/valueParts\[0\] must name one of/, { valueParts: [{ min: 'a', max: 'a' }] }],
    [/valueParts\[0\] has no 'mim': did you mean min\?/, { valueParts: [{ mim: 'a' }] }],
    [/valueParts\[0\].q is 1.5: it must be a number from 0 to 1/, { valueParts: [{ quantile: 'a', q: 1.5 }] }],
    [/valueParts\[0\].q is null/, { valueParts: [{ quantile: 'a' }] }],
    [/has q, which only a quantile has/, { valueParts: [{ min: 'a', q: 0 }] }],
    [/has approximate, which only countDistinct/, { valueParts: [{ count: 'a', approximate: true }] }],
    [/partsPreprocess\[0\] is null: it must be a function/, { partsPreprocess: [undefined] }],
    [
      /partsPreprocess\[0\] is null: it must be a function: write trim, and not trim\(\)/,
      { partsPreprocess: [trim(null)] },
    ],
    [/partsPreprocess\[0\] is fill itself, which makes functions: call it/, { partsPreprocess: [fill] }],
    [/partsPreprocess\[1\] is where\('a'\)\.in itself/, { partsPreprocess: [count, where('a').in] }],
    [/partsPreprocess\[0\] is trim, which is for fieldTransforms/, { partsPreprocess: [trim] }],
    [/partsPostprocess\[0\] is slice\(0, 2\), which is for fieldT/, { partsPostprocess: [slice(0, 2)] }],
    [/fieldTransforms.a is slice itself/, { fieldTransforms: { a: slice } }],
    [
      /fieldTransforms.a is where\('b'\)\.is, which is for partsPreprocess/,
      { fieldTransforms: { a: where('b').is(1) } },
    ],
    [/fieldTransforms.a is count, which is for partsPreprocess/, { fieldTransforms: { a: count } }],
    [/fieldTransforms.a is "x": it must be a function/, { fieldTransforms: { a: 'x' } }],
    [/both timeDelta and cron/, { timeDelta: { minutes: 5 }, cron: '@daily' }],
    [/cron: cron line '61 \* \* \* \*': its minute cannot be '61'/, { cron: '61 * * * *' }],
    [/zone: there is no time zone 'Berlin'\. Did you mean Europe\/Berlin/, { cron: '@daily', zone: 'Berlin' }],
    [/it has zone without cron/, { zone: 'UTC' }],
    [/timeDelta has no 'minute': did you mean minutes\?/, { timeDelta: { minute: 5 } }],
    [/timeDelta says nothing/, { timeDelta: {} }],
    [/timeDelta.hours is -1/, { timeDelta: { hours: -1 } }],
    [/timeDelta has both days and a time/, { timeDelta: { days: 1, oclock: '02:30' } }],
    [/timeDelta.oclock is "24:00"/, { timeDelta: { oclock: '24:00' } }],
    [/timeDelta.weekday is "mondey"/, { timeDelta: { weekday: 'mondey' } }],
    [/minBlobs is 20, which is above maxBlobs, 10/, { minBlobs: 20, maxBlobs: 10 }],
    [/maxBlobs is 4001/, { maxBlobs: 4_001 }],
    [/partitions is 0/, { partitions: 0 }],
    [/nuke without archive/, { nuke: true }],
    [/pure is "no": it must be true or false/, { pure: 'no' }],
    [/resultTagSuffix without resultTag/, { resultTagSuffix: true }],
    [/input is no reader/, { input: { kind: 'xml' } }],
    [/csv\(\) has no 'separator'/, { input: csv({ separator: ';' } as object) }],
    [/csv\(\) has both fields and header/, { input: csv({ fields: ['a'], header: true }) }],
    [/csv\(\) has both dialect and delimiter/, { input: csv({ dialect: 'tsv', delimiter: ';' }) }],
    [/csv\(\)'s delimiter is "::": it must be one character/, { input: csv({ delimiter: '::' }) }],
    [/csv\(\)'s dialect is "tvs"/, { input: { ...csv(), dialect: 'tvs' } }],
    [/csv\(\)'s fields name 'a' more than once/, { input: csv({ fields: ['a', 'a'] }) }],
    [/sourceTags\[1\] is undefined: it must be a tag, or what rule\(\) made/, { sourceTags: ['a', undefined] }],
    [/sourceUrls is "a.json": it must be a list/, { sourceUrls: 'a.json' }],
    [/dayStart is "2026-02-30"/, { dayStart: '2026-02-30' }],
    [/resultProcessor's write is null/, { resultProcessor: { name: 'x' } }],
    [/notify\[0\] names nobody/, { notify: [{ on: 'both' }] }],
    [/notify.mail: 'ada' is no address/, { notify: { mail: 'ada' } }],
    [/notify.webhook must be a URL/, { notify: { webhook: 'example.org' } }],
    [/maxBadRatio is 2/, { maxBadRatio: 2 }],
    [/retryLimit is 1.5/, { retryLimit: 1.5 }],
  ])('is refused: %s', (fault, more, base) => {
    assert.match(faultsOf(more, base), fault)
  })

  test('is no list and no text', () => {
    assert.throws(() => rule([] as unknown as RuleOptions), /what rule\(\) is given is a list: it must be an object/)
  })
})
