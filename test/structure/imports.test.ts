import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { ROOT, readSources, type Source } from './sources.js'

const sources = readSources()

/** The floors of the house: a name for each place in `src/`, by the first pattern that fits. */
const PLACES: readonly (readonly [pattern: RegExp, place: string])[] = [
  [/^core\//, 'core'],
  [/^broker\/[^/]+\.ts$/, 'ports'],
  [/^broker\/memory\//, 'memory'],
  [/^broker\/sqlite\//, 'sqlite'],
  [/^broker\/redis\//, 'redis'],
  [/^broker\/postgres\//, 'postgres'],
  [/^queue\//, 'queue'],
  [/^orders\//, 'orders'],
  [/^blob\//, 'blob'],
  [/^rule\//, 'rule'],
  [/^engines\.ts$/, 'engines'],
  [/^(kitchen|rules|heartbeat-program)\.ts$/, 'kitchen'],
  [/^index\.ts$/, 'index'],
  [/^testing\.ts$/, 'testing'],
  [/^cli\//, 'cli'],
]

/** What each place may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ports: ['core'],
  memory: ['core', 'ports'],
  sqlite: ['core', 'ports'],
  redis: ['core', 'ports'],
  postgres: ['core', 'ports'],
  queue: ['core', 'ports'],
  orders: ['core', 'ports', 'queue'],
  blob: ['core', 'ports', 'queue', 'orders'],
  rule: ['core', 'ports', 'queue', 'orders', 'blob'],
  engines: ['core', 'ports', 'memory', 'sqlite', 'redis', 'postgres'],
  kitchen: ['core', 'ports', 'queue', 'orders', 'blob', 'rule', 'engines'],
  index: ['core', 'ports', 'queue', 'orders', 'blob', 'rule', 'engines', 'kitchen'],
  testing: ['core', 'ports', 'memory', 'queue', 'kitchen'],
  // `hob work` runs modules of users with the library that they import.
  cli: ['core', 'ports', 'queue', 'orders', 'blob', 'rule', 'engines', 'kitchen', 'index'],
}

/** Files that something other than an import loads. */
const ENTRIES = ['index.ts', 'testing.ts', 'cli/main.ts', 'heartbeat-program.ts', 'rule/run/rule-thread.ts']

const placeOf = (path: string): string => PLACES.find(([pattern]) => pattern.test(path))?.[1] ?? 'nowhere'

describe('imports', () => {
  test('every file has its place', () => {
    assert.deepEqual(
      sources.filter(({ path }) => placeOf(path) === 'nowhere').map(({ path }) => path),
      [],
    )
    assert.ok(sources.length > 100)
  })

  test('point up the list of DESIGN only, and only engines.ts knows an engine', () => {
    const wrong = sources.flatMap(({ path, imports }) => {
      const place = placeOf(path)
      const allowed = [place, ...(MAY_IMPORT[place] ?? [])]
      return imports
        .filter(({ target, isOurs }) => isOurs && !allowed.includes(placeOf(target)))
        .map(({ target }) => `${path} imports ${target}`)
    })
    assert.deepEqual(wrong, [])
  })

  test('name files that are there', () => {
    const made = readdirSync(join(ROOT, 'src/broker')).map((engine) => `broker/${engine}/statements.generated.ts`)
    const paths = new Set([...sources.map(({ path }) => path), ...made])
    const missing = sources.flatMap(({ path, imports }) =>
      imports.filter(({ target, isOurs }) => isOurs && !paths.has(target)).map(({ target }) => `${path}: ${target}`),
    )
    assert.deepEqual(missing, [])
  })

  test('the core is pure: it imports nothing from outside', () => {
    const outside = sources
      .filter(({ path }) => placeOf(path) === 'core')
      .flatMap(({ imports }) => imports.filter(({ isOurs }) => !isOurs))
    assert.deepEqual(outside, [])
  })

  test('the work names no engine, in no other way either', () => {
    const names = sources
      .filter(({ path }) => ['core', 'ports', 'queue', 'orders', 'kitchen'].includes(placeOf(path)))
      .filter(({ code }) => /\b(better-)?sqlite|\b(io)?redis|\bmemory\b/i.test(code))
      .map(({ path }) => path)
    assert.deepEqual(names, [])
  })

  test('go round in no circle', () => {
    assert.deepEqual(circles(sources), [])
  })

  test('reach every file', () => {
    const imported = new Set(sources.flatMap(({ imports }) => imports.map(({ target }) => target)))
    const unused = sources.map(({ path }) => path).filter((path) => !imported.has(path) && !ENTRIES.includes(path))
    assert.deepEqual(unused, [])
  })
})

/** Paths that lead back to where they began. What is loaded late does not count: it comes when all else is there. */
function circles(files: readonly Source[]): readonly string[] {
  const next = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.filter(({ isOurs, isLate }) => isOurs && !isLate).map(({ target }) => target),
    ]),
  )
  const finished = new Set<string>()
  const found: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(' → '))
    if (finished.has(path) || way.includes(path)) return
    for (const target of next.get(path) ?? []) visit(target, [...way, path])
    finished.add(path)
  }
  for (const { path } of files) visit(path, [])
  return found
}
