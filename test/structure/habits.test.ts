import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { readDocument } from '../docs/documents.js'
import { ROOT, readSources, type Source } from './sources.js'

const sources = readSources()

const pathsWhere = (holds: (source: Source) => boolean): readonly string[] =>
  sources.filter(holds).map(({ path }) => path)

describe('habits', () => {
  test('only the program itself ends the process', () => {
    assert.deepEqual(
      pathsWhere(({ code }) => /\bprocess\.exit\(/.test(code)),
      ['cli/main.ts'],
    )
  })

  test('types are not switched off, and nothing is exported by default or by a star', () => {
    const offs = /\bas any\b|: any\b|<any>|@ts-(ignore|expect-error|nocheck)|^export default|^export \*/m
    assert.deepEqual(
      pathsWhere(({ text }) => offs.test(text)),
      [],
    )
  })

  test('numbers for people are written in one way: src/core/count.ts', () => {
    assert.deepEqual(
      pathsWhere(({ code }) => /toLocaleString|\\B\(\?=/.test(code)),
      ['core/count.ts'],
    )
  })

  test('files are named for what they are', () => {
    assert.deepEqual(
      pathsWhere(({ path }) => /utils?|helpers?|[A-Z_ ]/.test(path)),
      [],
    )
  })

  test('every export has a docstring', () => {
    const bare = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/(.*)\n(?:export (?:abstract |async )?(?:class|const|function|interface|type) (\w+))/g)]
        .filter(([, before = '']) => !before.endsWith('*/'))
        .map(([, , name]) => `${path}: ${name}`),
    )
    assert.deepEqual(bare, [])
  })

  test('every statement is used', () => {
    const folder = join(ROOT, 'src/broker/sqlite')
    const engine = sources.filter(({ path }) => path.startsWith('broker/sqlite/'))
    const unused = readdirSync(join(folder, 'sql')).filter((file) => {
      const name = file.replace(/\.sql$/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
      return !engine.some(({ code }) => new RegExp(`\\b(sql|prepared)\\.${name}\\b`).test(code))
    })
    assert.deepEqual(unused, [])
  })

  test('every script is used, and every part of one', () => {
    const engine = sources.filter(({ path }) => path.startsWith('broker/redis/'))
    const unused = readdirSync(join(ROOT, 'src/broker/redis/lua')).filter((file) => {
      const name = file.replace(/\.lua$/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
      const part = /^part-(.*)\.lua$/.exec(file)?.[1]
      const use = part === undefined ? `\\bscripts\\.${name}\\b` : `\\bstatements\\.${name}\\b|: \\[.*'${part}'`
      return !engine.some(({ code }) => new RegExp(use).test(code))
    })
    assert.deepEqual(unused, [])
  })

  test('every script has its contract on top', () => {
    const folder = join(ROOT, 'src/broker/redis/lua')
    const bare = readdirSync(folder).filter(
      (file) => !readFileSync(join(folder, file), 'utf8').startsWith(`-- ${file.replace(/\.lua$/, '')}: `),
    )
    assert.deepEqual(bare, [])
  })

  test('every statement has its contract on top', () => {
    const folder = join(ROOT, 'src/broker/sqlite/sql')
    const bare = readdirSync(folder).filter(
      (file) => !readFileSync(join(folder, file), 'utf8').startsWith(`-- ${file.replace(/\.sql$/, '')}`),
    )
    assert.deepEqual(bare, [])
  })

  test('no word comes from another project', () => {
    const foreign = /\b(mongo\w*|waiter\.py|inferno|disco|pebble|bullmq|celery|resque|rabbitmq|TODO|FIXME)\b/i
    assert.deepEqual(
      pathsWhere(({ text }) => foreign.test(text)),
      [],
    )
  })
})

describe('dependencies', () => {
  const { dependencies, optionalDependencies, devDependencies, peerDependencies } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as {
    readonly dependencies: Readonly<Record<string, string>>
    readonly optionalDependencies: Readonly<Record<string, string>>
    readonly devDependencies: Readonly<Record<string, string>>
    readonly peerDependencies: Readonly<Record<string, string>>
  }

  test('each has its line, with the version and the licence that are installed, and no other has one', () => {
    const rows = [
      ...readDocument('docs/dependencies.md').text.matchAll(/^\| ([@\w/-]+) \| (\d[\w.-]*) \| ([^|]+) \|/gm),
    ]
    const told = rows.map(([, name, version, licence]) => ({ name, version, licence }))
    const named = { ...dependencies, ...optionalDependencies, ...devDependencies }
    const installed = Object.keys(named).map((name) => {
      const text = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')
      const { version, license } = JSON.parse(text) as { version: string; license: string }
      return { name, version, licence: license }
    })
    const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }) =>
      String(a.name) < String(b.name) ? -1 : 1
    assert.deepEqual(told.sort(byName), installed.sort(byName))
  })

  test('each is imported, and nothing else is', () => {
    const packages = sources.flatMap(({ imports, code }) => [
      ...imports.filter(({ isOurs }) => !isOurs).map(({ target }) => target),
      ...[...code.matchAll(/createRequire\(import\.meta\.url\)\('([^']+)'\)/g)].map(([, name = '']) => name),
    ])
    const outside = new Set(packages.filter((name) => !name.startsWith('node:')))
    // A peer is the client of one engine; users install that of theirs.
    const peers = Object.keys(peerDependencies)
    const ours = [...outside].filter((name) => !peers.includes(name.replace(/\/promise$/, '')))
    assert.deepEqual(ours.sort(), Object.keys({ ...dependencies, ...optionalDependencies }).sort())
  })
})
