import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { RuleError } from '#hob/core/errors.js'
import { findRule, loadRules } from '#hob/rule/load-module.js'
import { ruleVersion } from '#hob/rule/rule-version.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-modules-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let count = 0

/** Writes a module under a name that no other test has, for a module is loaded once. */
async function module(source: string): Promise<string> {
  const path = join(folder, `rules${count++}.ts`)
  await writeFile(path, `import { rule } from 'hob'\n${source}`)
  return path
}

const sum = (name: string, more = ''): string => `rule({ name: '${name}', keyParts: ['k'], valueParts: [] ${more} })`

async function refused(path: string): Promise<RuleError> {
  const error = await loadRules(path).then(
    () => assert.fail('it was loaded'),
    (thrown) => thrown as unknown,
  )
  assert.ok(error instanceof RuleError && error.code === 'rule', String(error))
  return error
}

describe('rules of a module', () => {
  test('are found as values, in arrays, and as members of the default export, once each', async () => {
    const one = await module(
      `export const a = ${sum('a')}\nexport default { a, list: ${sum('b')} }\nexport const more = [${sum('c')}]`,
    )
    const { rules, name } = await loadRules(one)
    assert.deepEqual([rules.map((each) => each.name).sort(), name], [['a', 'b', 'c'], 'rules0'])
  })

  test('are found by name, also those that feed another', async () => {
    const loaded = await loadRules(await module(`export default ${sum('all', `, sourceTags: [${sum('day')}]`)}`))
    assert.equal(findRule(loaded, 'all/day').name, 'day')
    assert.throws(() => findRule(loaded, 'al'), { hint: 'Did you mean all?' })
    assert.throws(() => findRule(loaded, 'all/dy'), {
      message: `module ${loaded.name} has no rule dy`,
      hint: 'Did you mean day?',
    })
  })

  test('import the library that they are given, also as JavaScript beside which another stands', async () => {
    const home = join(folder, 'home')
    const installed = join(home, 'node_modules', 'hob')
    await mkdir(installed, { recursive: true })
    await writeFile(join(installed, 'package.json'), '{ "name": "hob", "type": "module", "exports": "./index.js" }')
    await writeFile(join(installed, 'index.js'), `export const rule = () => ({ of: 'another' })`)
    await writeFile(join(home, 'package.json'), '{ "type": "module" }')
    const source = `import { rule } from "hob"\nconst name = await Promise.resolve('a')\nexport default ${sum('a')}\nexport { name }`
    for (const file of ['plain.mjs', 'plain.js', 'typed.ts']) {
      await writeFile(join(home, file), source)
      const { rules } = await loadRules(join(home, file))
      assert.deepEqual([file, rules.map(({ name }) => name)], [file, ['a']])
    }
    await writeFile(join(home, 'thrown.mjs'), `import { rule } from 'hob'\n\nthrow new TypeError('not today')`)
    assert.match((await refused(join(home, 'thrown.mjs'))).message, /thrown\.mjs:3: it threw .* not today/)
    await writeFile(join(home, 'syntax.mjs'), `import { rule } from 'hob'\nexport default [\n  rule({ name: \n]`)
    assert.match((await refused(join(home, 'syntax.mjs'))).message, /syntax\.mjs:4:\d+: /)
  })

  test('that are wrong are refused with the place', async () => {
    const twice = await refused(await module(`export default [${sum('a')}, ${sum('a')}]`))
    assert.match(twice.message, /exports two rules named 'a'$/)
    const syntax = await refused(await module('export default [\n  rule({ name: \n]'))
    assert.match(syntax.message, /rules\d+\.ts:4:\d+: /)
    const thrown = await refused(await module(`\nthrow new TypeError('not today')`))
    assert.match(thrown.message, /rules\d+\.ts:3: it threw while it was loaded: TypeError: not today/)
    const wrong = await refused(await module(`export default rule({ name: 'a', keyPart: ['k'] })`))
    assert.match(wrong.message, /rules\d+\.ts:2: rule 'a': .*keyPart/)
    const none = await refused(await module('export const a = 1'))
    assert.match(none.message, /rules\d+\.ts exports no rule$/)
    assert.match((await refused(join(folder, 'rules99.ts'))).hint ?? '', /Did you mean rules\d+\.ts\?/)
    assert.match((await refused(folder)).message, /is no module/)
  })
})

describe('the version of a rule', () => {
  test('changes with its module and with what that imports, and with nothing else', async () => {
    const path = await module(`import { k } from './deep/k.js'\nexport { d } from "./deep"\nexport default ${sum('a')}`)
    const deep = join(folder, 'deep')
    await mkdir(deep)
    await writeFile(join(deep, 'k.ts'), `export const k = await import('./late')`)
    await writeFile(join(deep, 'index.ts'), 'export const d = 1')
    await writeFile(join(deep, 'late.mjs'), 'export default 1')
    const versions = new Set<string>()
    const version = async (rule = 'a') => versions.add(await ruleVersion({ module: path, rule })).size
    assert.equal(await version(), 1)
    await writeFile(join(folder, 'other.ts'), 'export const other = 1')
    assert.equal(await version(), 1)
    assert.equal(await version('a/source'), 1)
    assert.equal(await version('b'), 2)
    for (const [at, name] of ['k.ts', 'index.ts', 'late.mjs'].entries()) {
      await writeFile(join(deep, name), `// changed\nimport './late.mjs'\nexport const k = 1, d = 1, x = ${at}`)
      assert.equal(await version(), 3 + at, name)
    }
  })
})
