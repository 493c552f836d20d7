import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { RuleError, type RuleOptions, rule } from '#hob/index.js'
import { ROOT, readDocument } from './documents.js'

const source = readFileSync(join(ROOT, 'src/rule/rule.ts'), 'utf8')
const all = /^## All of a rule\n([\s\S]*?)^## /m.exec(readDocument('docs/rules.md').text)?.[1] ?? ''
/** Builders are values for options, and no options. */
const section = all.replace(/^### Builders\n[\s\S]*?(?=^### )/m, '')

/** Names of the members of an interface, as its source has them. */
function membersOf(name: string): readonly string[] {
  const [, body = ''] = new RegExp(`^export interface ${name} {\\n([\\s\\S]*?)^}`, 'm').exec(source) ?? []
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = '']) => member)
}

/** The tables' rows that begin with one name: it, and the row. */
const rows = [...section.matchAll(/^\| `(\w+)` \|(.*)$/gm)].map(([, name = '', row = '']) => ({ name, row }))

/** What is wrong with one option of a rule that is otherwise right. */
function faultOf(option: string, value: number): string {
  try {
    rule({ name: 'right', keyParts: ['last'], valueParts: [], maxBlobs: 4_000, [option]: value } as RuleOptions)
    return ''
  } catch (error) {
    assert.ok(error instanceof RuleError)
    return error.message
  }
}

describe('what a rule takes', () => {
  test('has a row for every option, once, and for no other', () => {
    const members = membersOf('RuleOptions')
    assert.ok(members.length > 40)
    assert.deepEqual(rows.map(({ name }) => name).sort(), [...members].sort())
  })

  test('names all of keysets, times and value parts', () => {
    const [, valuePart = ''] = /^export type ValuePart =\n([\s\S]*?)\n\n/m.exec(source) ?? []
    const aggregates = [...valuePart.matchAll(/readonly (\w+)\??:/g)].map(([, name = '']) => name)
    const names = [...membersOf('KeysetOptions'), ...membersOf('TimeDelta'), ...aggregates]
    assert.ok(aggregates.length > 8)
    assert.deepEqual(
      names.filter((name) => !new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\``).test(section)),
      [],
    )
  })

  test('tells the bounds of numbers as they are checked', () => {
    const bounded = rows.flatMap(({ name, row }) => {
      const [, min, max] = /\| (\d+) to (\d[\d,]*)[^|]*\|[^|]*\|$/.exec(row) ?? []
      const isText = /characters|letters/.test(row)
      return min === undefined || max === undefined || isText
        ? []
        : [{ name, min: Number(min), max: Number(max.replaceAll(',', '')) }]
    })
    assert.ok(bounded.length >= 10)
    for (const { name, min, max } of bounded) {
      assert.deepEqual([faultOf(name, min), faultOf(name, max)], ['', ''], name)
      assert.match(faultOf(name, min - 1), new RegExp(`${name} is `))
      assert.match(faultOf(name, max + 1), new RegExp(`${name} is `))
    }
  })
})
