import assert from 'node:assert/strict'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { parametersOf } from '#hob/cli/rule-parameters.js'
import { findRule } from '#hob/cli/rule-place.js'

const home = process.cwd()
let folder = ''

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'hob-place-')))
  await mkdir(join(folder, 'rules'))
  await mkdir(join(folder, 'none'))
  for (const name of ['names.ts', 'names.js', 'sales.2026.ts', 'sales.d.ts', 'notes.txt']) {
    await writeFile(join(folder, 'rules', name), '')
  }
  await writeFile(join(folder, 'mine.mts'), '')
})

afterAll(async () => {
  process.chdir(home)
  await rm(folder, { recursive: true })
})

const found = async (text: string, rules?: string) => {
  process.chdir(folder)
  const places = await findRule(text, rules)
  return places.map(({ file, ...rest }) => ({ file: file.slice(folder.length + 1), ...rest }))
}

const refused = async (text: string, message: RegExp, hint: RegExp, rules?: string) => {
  process.chdir(folder)
  await assert.rejects(findRule(text, rules), (error: { code: string; message: string; hint: string }) => {
    assert.equal(error.code, 'usage')
    assert.match(error.message, message)
    assert.match(error.hint, hint)
    return true
  })
}

describe('a rule is found', () => {
  test('by MODULE.RULE in the folder rules, TypeScript first', async () => {
    const names = { file: 'rules/names.ts', module: 'names', rule: 'last', keyset: null }
    assert.deepEqual(await found('names.last'), [names, { ...names, file: 'rules/names.js' }])
    assert.deepEqual((await found('names.last.k'))[0], { ...names, keyset: 'k' })
    assert.deepEqual((await found('names'))[0], { ...names, rule: null })
  })

  test('in a module whose name has a dot', async () => {
    const sales = { file: 'rules/sales.2026.ts', module: 'sales.2026', rule: 'all', keyset: 'k' }
    assert.deepEqual(await found('sales.2026.all.k'), [sales])
  })

  test('by a path, and by the name of the file', async () => {
    const mine = { file: 'mine.mts', module: 'mine', rule: 'a', keyset: null }
    assert.deepEqual(await found('./mine.a'), [mine])
    assert.deepEqual(await found('mine.mts:a'), [mine])
    assert.deepEqual(await found('mine.a', '.'), [mine])
    assert.equal((await found('rules/names.last'))[0]?.file, 'rules/names.ts')
    assert.equal((await found('rules/names.js:last'))[0]?.file, 'rules/names.js')
  })

  test('whose name may be the extension of a file', async () => {
    const mine = { file: 'mine.mts', module: 'mine', rule: 'mts', keyset: null }
    assert.deepEqual(await found('./mine.mts'), [mine, { ...mine, rule: null }])
    assert.deepEqual(await found('./mine.mts.a'), [
      { ...mine, keyset: 'a' },
      { ...mine, rule: 'a' },
    ])
  })
})

describe('what is not there is told with what there is', () => {
  test('a module', async () => {
    await refused(
      'nmaes.last',
      /^there is no module 'nmaes' in rules$/,
      /^Did you mean names\? There are names, sales\.2026/,
    )
    await refused('./mien.a', /^there is no module 'mien' here$/, /^Did you mean mine\? There is mine\./)
    await refused('rules/nams.ts:a', /^there is no module rules\/nams\.ts$/, /Did you mean rules\/names\.ts\?/)
    await refused('x.y', /no module 'x' in none/, /hob rule new/, 'none')
  })

  test('a folder', () => refused('names.last', /^there is no folder rulez$/, /--rules/, 'rulez'))

  test('a name with too many parts, or half a one', async () => {
    await refused('names.a.b.c', /names no rule/, /MODULE\.RULE\.KEYSET/)
    await refused('names.a.', /names no rule/, /MODULE\.RULE/)
  })
})

describe('parameters', () => {
  const given = { parameters: [], parameterFiles: [], dataFile: undefined }

  test('come from files, then from the command line, a later one before an earlier one', async () => {
    process.chdir(folder)
    await writeFile('a.yaml', '# mine\ncountry: de\nyear: 2025\n')
    await writeFile('b.json', '{"year": 2026, "deep": {"a": [1]}}')
    const parameters = ['year: 2027', '{"__proto__": 1}']
    const made = await parametersOf({ ...given, parameters, parameterFiles: ['a.yaml', 'b.json'] })
    assert.equal(JSON.stringify(made), '{"country":"de","year":2027,"deep":{"a":[1]},"__proto__":1}')
  })

  test('the lines of a data file are one of them', async () => {
    process.chdir(folder)
    await writeFile('data.txt', '\ufeffone\r\n\ntwo\n')
    assert.deepEqual(await parametersOf({ ...given, dataFile: 'data.txt' }), { dataFile: ['one', '', 'two'] })
  })

  test('what is no map is refused, with how to write it', async () => {
    for (const text of ['country=de', '[1]', '7', 'null']) {
      await assert.rejects(parametersOf({ ...given, parameters: [text] }), {
        code: 'usage',
        message: `--parameters: '${text}' is no map of names to values`,
        hint: /'country: de'/,
      })
    }
    await assert.rejects(parametersOf({ ...given, parameters: ['{a: '] }), {
      message: /is neither YAML nor JSON: .*\d$/,
    })
    await assert.rejects(parametersOf({ ...given, parameterFiles: ['gone.yaml'] }), { code: 'failed' })
  })
})
