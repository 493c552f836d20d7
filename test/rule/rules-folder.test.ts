import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { FreshModules } from '#hob/rule/daemon/fresh-modules.js'
import { type LoadedRules, loadRulesFolder, type ModuleLoader } from '#hob/rule/daemon/rules-folder.js'
import { RulesWatch } from '#hob/rule/daemon/rules-watch.js'
import { ThreadModules } from '#hob/rule/daemon/thread-modules.js'
import { until } from '../support/until.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-rules-'))
})
afterEach(() => rm(folder, { recursive: true }))

const write = (file: string, text: string): Promise<void> => writeFile(join(folder, file), text)

const ruleText = (name: string, more = ''): string =>
  `import { rule } from 'hob'\nexport default [rule({ name: '${name}', sourceTags: 'a', keyParts: ['k'], valueParts: [] ${more} })]\n`

/** Ends with the test. */
let thread: ThreadModules | null = null
afterEach(() => thread?.forget())

function makeThread(): ThreadModules {
  thread = new ThreadModules({ answerMs: 3_000 })
  return thread
}

const LOADERS: Readonly<Record<string, () => ModuleLoader>> = {
  'in this thread': () => new FreshModules(),
  'in a thread of their own': () => makeThread(),
}

const idsOf = ({ rules }: LoadedRules): string => rules.map(({ id }) => id).join(' ')

describe.each(Object.entries(LOADERS))('a folder of rules, loaded %s', (_, makeLoader) => {
  const load = (): Promise<LoadedRules> => loadRulesFolder(folder, makeLoader())

  test('every module but those for others to import', async () => {
    await write('names.ts', ruleText('last'))
    await write('sales.mjs', ruleText('daily'))
    await write('_shared.ts', ruleText('shared'))
    await write('.hidden.ts', ruleText('hidden'))
    await write('types.d.ts', 'export {}')
    await write('notes.md', '# no module')
    await mkdir(join(folder, 'data.ts'))
    const loaded = await load()
    assert.equal(idsOf(loaded), 'names.last sales.daily')
    assert.deepEqual(loaded.faults, [])
    assert.equal(loaded.rules[0]?.module, join(folder, 'names.ts'))
  })

  test('a module that does not load is told with file and line, and the others go on', async () => {
    await write('good.ts', ruleText('a'))
    await write('syntax.ts', "import { rule } from 'hob'\nexport default [rule({ name: ]\n")
    await write('throws.ts', "\nthrow new Error('no such thing')\n")
    await write('wrong.ts', ruleText('b', ', minBlobs: -1'))
    const { rules, faults } = await load()
    assert.deepEqual(
      rules.map(({ id }) => id),
      ['good.a'],
    )
    assert.match(
      faults.map(({ message }) => message).join('\n'),
      /syntax\.ts:2:.*\n.*throws\.ts:2.*no such thing\n.*wrong\.ts:2.*minBlobs/,
    )
  })

  test('of two modules of one name, one is taken and the other told', async () => {
    await write('a.ts', ruleText('x'))
    await write('a.js', ruleText('x'))
    const { rules, faults } = await load()
    assert.deepEqual(
      rules.map(({ module }) => module),
      [join(folder, 'a.ts')],
    )
    assert.deepEqual(
      faults.map(({ message }) => message),
      ['a.ts and a.js both have a.x: that of a.ts is taken'],
    )
  })

  test('a folder that is not there', () =>
    assert.rejects(loadRulesFolder(join(folder, 'no'), new FreshModules()), { code: 'ENOENT' }))
})

describe('edits of modules', () => {
  let seen: LoadedRules[] = []
  let faults: unknown[] = []
  let watch: RulesWatch | null = null
  const last = (): string => idsOf(seen.at(-1) ?? { rules: [], faults: [] })

  async function begin(loader: ModuleLoader): Promise<void> {
    ;[seen, faults] = [[], []]
    await write('names.ts', ruleText('one'))
    const onRules = (rules: LoadedRules): void => void seen.push(rules)
    watch = new RulesWatch(folder, loader, { onRules, onFault: (error) => faults.push(error) })
    await watch.start()
    assert.equal(last(), 'names.one')
  }

  afterEach(() => watch?.stop())

  test.each(Object.entries(LOADERS))('changed, new and removed files, loaded %s', async (_, makeLoader) => {
    await begin(makeLoader())
    await write('names.ts', ruleText('two'))
    await until('the new text is loaded', () => last() === 'names.two')
    await write('more.ts', ruleText('x'))
    await until('the new file is loaded', () => last() === 'more.x names.two')
    await rm(join(folder, 'names.ts'))
    await until('the file is gone', () => last() === 'more.x')
  })

  test('what a module imports, also from a folder below', async () => {
    await begin(new FreshModules())
    await mkdir(join(folder, 'lib'))
    await write('lib/part.ts', "export const name = 'p1'\n")
    await write(
      'names.ts',
      ruleText('x').replace("'x'", 'name').replace("'hob'", "'hob'\nimport { name } from './lib/part.js'"),
    )
    await until('the part is read', () => last() === 'names.p1')
    await write('lib/part.ts', "export const name = 'p22'\n")
    await until('the new part is read', () => last() === 'names.p22')
  })

  test('a module that breaks, and is mended', async () => {
    await begin(new FreshModules())
    await write('names.ts', 'export default [')
    await until('the fault is told', () => seen.at(-1)?.faults.length === 1)
    assert.equal(last(), '')
    await write('names.ts', ruleText('mended'))
    await until('it is mended', () => last() === 'names.mended')
    assert.deepEqual(seen.at(-1)?.faults, [])
  })

  test('a folder that goes and comes back', async () => {
    await begin(new FreshModules())
    await rename(folder, `${folder}-away`)
    await until('the fault is told', () => faults.length > 0)
    await rename(`${folder}-away`, folder)
    const count = seen.length
    await until('it is loaded again', () => seen.length > count)
    assert.equal(last(), 'names.one')
  })
})

describe('modules that harm nobody else', () => {
  const loadInThread = (): Promise<LoadedRules> => loadRulesFolder(folder, makeThread())

  test('one that never ends, one that ends the process, one that throws later', async () => {
    await write('a.ts', ruleText('a', ", sourceUrls: () => ['a.json']"))
    await write('endless.ts', 'while (true) {}\n')
    await write('exits.ts', 'process.exit(0)\n')
    await write('waits.ts', 'await new Promise(() => setInterval(() => {}, 1_000))\n')
    await write('late.ts', `${ruleText('late')}setTimeout(() => { throw new Error('later') }, 1)\n`)
    await write('z.ts', ruleText('z'))
    const loaded = await loadInThread()
    assert.equal(idsOf(loaded), 'a.a late.late z.z')
    assert.deepEqual(
      loaded.faults.map(({ message }) => message),
      [
        'endless.ts: its loading did not end within 3s',
        'exits.ts: its loading ended its thread (process.exit)',
        'waits.ts: its loading did not end within 3s',
      ],
    )
    const { sourceUrls } = loaded.rules[0]?.definition.options ?? {}
    assert.ok(typeof sourceUrls === 'function')
    assert.deepEqual(await sourceUrls({}), ['a.json'])
  })

  test('what a daemon decides by comes over as it is', async () => {
    const more = `archive: true, timeDelta: { hours: 1 }, notify: { mail: 'ops@example.org' }, dayRange: 2, retry: false, minBlobs: 2`
    await write('a.ts', ruleText('a', `, ${more}, partsPreprocess: [(parts) => parts]`))
    const own = (await loadRulesFolder(folder, new FreshModules())).rules[0]?.definition
    const theirs = (await loadInThread()).rules[0]?.definition
    for (const name of ['archive', 'timeDelta', 'notify', 'dayRange', 'retry', 'minBlobs'] as const) {
      assert.deepEqual(theirs?.options[name], own?.options[name], name)
    }
    assert.deepEqual([theirs?.sourceTags, theirs?.minBlobs, theirs?.maxBlobs], [['a'], 2, 1_000])
  })
})
