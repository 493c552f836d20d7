import assert from 'node:assert/strict'
import { format, inspect, isDeepStrictEqual } from 'node:util'
import { describe, test } from 'vitest'
import { OutsideRecord, Recorder } from '#hob/rule/groups/recorder.js'
import { copyOf } from '#hob/rule/map/parts-chain.js'
import type { Parts } from '#hob/rule/rule.js'

/** What a function does with a record, and which fields it must be known by; null: all. */
type Look = readonly [what: string, look: (parts: Parts) => unknown, needs: readonly string[] | null]

const own = (parts: Parts, name: string): unknown => Object.getOwnPropertyDescriptor(parts, name)

function set(parts: Parts, name: string | symbol, value: unknown): Parts {
  parts[name as string] = value
  return parts
}

const read = (parts: Parts, name: string): unknown => parts[name]

function without(parts: Parts, ...names: readonly string[]): Parts {
  for (const name of names) delete parts[name]
  return parts
}

const defined = (parts: Parts, name: string, descriptor: PropertyDescriptor): Parts =>
  Object.defineProperty(parts, name, descriptor)

const LOOKS: readonly Look[] = [
  ['a read', (parts) => parts.a, ['a']],
  ['a read of what is missing', (parts) => parts.none, ['none']],
  ['a look for it', (parts) => ['a' in parts, 'none' in parts], ['a', 'none']],
  ['hasOwn', (parts) => [Object.hasOwn(parts, 'a'), Object.hasOwn(parts, 'none')], ['a', 'none']],
  ['hasOwnProperty', (parts) => Object.hasOwn(parts, 'n'), ['n']],
  [
    'its own hasOwnProperty',
    (parts) => (parts.hasOwnProperty as (name: string) => unknown)('n'),
    ['hasOwnProperty', 'n'],
  ],
  ['a descriptor', (parts) => own(parts, 'list'), ['list']],
  ['destructuring', ({ a, n }) => [a, n], ['a', 'n']],
  ['destructuring with rest', ({ a: _, ...rest }) => rest, null],
  ['spread', (parts) => ({ ...parts }), null],
  ['keys', (parts) => Object.keys(parts), null],
  ['entries', (parts) => Object.entries(parts), null],
  ['all names', (parts) => Object.getOwnPropertyNames(parts), null],
  ['all keys', (parts) => Reflect.ownKeys(parts), null],
  ['for in', (parts) => namesIn(parts), null],
  ['JSON', (parts) => JSON.stringify(parts), null],
  ['assign', (parts) => Object.keys(Object.assign({}, parts)), null],
  ['inspect', (parts) => inspect(parts), null],
  ['inspect that shows a Proxy', (parts) => inspect(parts, { showProxy: true }).length > 0, null],
  ['%o', (parts) => format('%o', parts).length > 0, null],
  ['inspect within', (parts) => inspect({ parts }, { depth: 9 }), null],
  ['comparing', (parts) => isDeepStrictEqual(parts, { a: 1 }), null],
  ['freezing', (parts) => Object.isFrozen(Object.freeze(parts)), null],
  ['a write', (parts) => [set(parts, 'new', 1).new, set(parts, 'a', 2).a], []],
  ['a write and a look', (parts) => ['none' in set(parts, 'none', 1), own(parts, 'none')], []],
  ['a change', (parts) => set(parts, 'n', Number(parts.n) + 1).n, ['n']],
  ['removing', (parts) => [without(parts, 'a', 'none').a, 'none' in parts, own(parts, 'a')], []],
  ['removing and writing', (parts) => set(without(parts, 'a'), 'a', 7).a, []],
  ['a definition', (parts) => [defined(parts, 'a', WHOLE).a, own(parts, 'a')], []],
  ['half a definition', (parts) => own(defined(parts, 'a', { value: 9 }), 'a'), ['a']],
  ['half a new one', (parts) => own(defined(parts, 'none', { value: 9 }), 'none'), ['none']],
  ['a getter', (parts) => [defined(parts, 'none', GETTER).none, parts.n], ['n']],
  ['what it is', (parts) => [parts instanceof Object, String(Object.prototype.toString.call(parts))], []],
  ['its prototype', (parts) => [Object.getPrototypeOf(parts) === Object.prototype, Array.isArray(parts)], []],
  ['its constructor', (parts) => parts.constructor === Object, ['constructor']],
  ['another constructor', (parts) => own(set(parts, 'constructor', 1), 'constructor'), ['constructor']],
  ['its text', (parts) => `${parts}`, ['toString']],
  ['__proto__ of its own', (parts) => [Object.hasOwn(parts, '__proto__'), read(parts, '__proto__')], ['__proto__']],
  ['writing to __proto__', (parts) => own(set(parts, '__proto__', 5), '__proto__'), ['__proto__']],
  ['symbols', (parts) => [Symbol.iterator in parts, parts[inspect.custom as never], inspect.custom in parts], []],
  ['a symbol of its own', (parts) => set(parts, MARK, 1)[MARK as never], []],
  ['a heir', (parts) => Object.create(parts).n, ['n']],
  ['a write to a heir', (parts) => Object.assign(Object.create(parts), { n: 5 }).n, ['n']],
  ['what it holds', (parts) => (parts.list as number[]).push(5), ['list']],
]

const MARK = Symbol('mark')
const WHOLE = { value: 8, writable: true, enumerable: true, configurable: true }
const GETTER = {
  get(this: Parts) {
    return [this.n]
  },
  enumerable: true,
  configurable: true,
}

function namesIn(parts: Parts): readonly string[] {
  const names: string[] = []
  for (const name in parts) names.push(name)
  return names
}

const record = (): Parts => JSON.parse('{"a":1,"n":2.5,"list":[1,{"b":2}],"__proto__":{"c":3},"more":null}') as Parts

/** The record of a group that has just these fields. */
function grouped(fields: readonly string[]): { readonly parts: Parts; readonly recorder: Recorder } {
  const all = record()
  const recorder = new Recorder(fields)
  const parts = recorder.record(fields.map((name) => (Object.hasOwn(all, name) ? all[name] : undefined)))
  return { parts, recorder }
}

describe('a record of a sample', () => {
  test.each(LOOKS)('answers %s as it is, and notes it', (_, look, needs) => {
    const recorder = new Recorder(null)
    assert.deepEqual(look(recorder.sample(record())), look(record()))
    assert.equal(recorder.needs.isAll, needs === null)
    if (needs !== null) assert.deepEqual([...recorder.needs.fields].sort(), [...needs].sort())
  })
})

describe('a record of a group', () => {
  test.each(LOOKS.filter(([, , needs]) => needs !== null))('answers %s of its fields', (_, look, needs) => {
    const { parts, recorder } = grouped(needs ?? [])
    assert.deepEqual(look(parts), look(record()))
    assert.ok(recorder.needs.isEmpty)
  })

  test.each(LOOKS)('does not answer %s with less, also when that is caught', (_, look, needs) => {
    if (needs?.length === 0) return
    const { parts, recorder } = grouped([])
    assert.throws(() => look(parts), OutsideRecord)
    if (needs === null) assert.ok(!recorder.needs.isEmpty)
    else assert.ok(needs.some((name) => recorder.needs.fields.has(name)))
  })

  test('is forgotten with the next one', () => {
    const { parts, recorder } = grouped(['a'])
    assert.ok(recorder.of(parts))
    recorder.record([2])
    assert.equal(recorder.of(parts), null)
  })

  test('knows what is untouched on it', () => {
    const { parts, recorder } = grouped(['a'])
    parts.n = 1
    delete parts.list
    const fields = recorder.of(parts)
    assert.deepEqual(
      ['a', 'n', 'list', 'more'].map((name) => fields?.isUntouched(name)),
      [false, false, false, true],
    )
    assert.deepEqual({ ...fields?.readable(['a', 'n']) }, { a: 1, n: 1 })
    assert.throws(() => fields?.readable(['more']), OutsideRecord)
  })
})

describe.each(['group', 'sample'])('a copy of a record of a %s', (kind) => {
  const made = (): { readonly parts: Parts; readonly recorder: Recorder } => {
    if (kind === 'group') return grouped(['a', 'list', '__proto__'])
    const recorder = new Recorder(null)
    return { recorder, parts: recorder.sample(record()) }
  }

  test('has all that it has for itself, and lists nothing', () => {
    const { parts, recorder } = made()
    parts.new = { d: 4 }
    delete parts.more
    const copy = recorder.copyOf(parts)
    assert.ok(recorder.needs.isEmpty)
    copy.a = 5
    ;(copy.list as unknown[]).push(6)
    ;(copy.new as Parts).d = 7
    assert.deepEqual([parts.a, parts.list, parts.new, parts.more], [1, [1, { b: 2 }], { d: 4 }, undefined])
    assert.deepEqual([copy.a, copy.list, copy.new, copy.more], [5, [1, { b: 2 }, 6], { d: 7 }, undefined])
    assert.deepEqual(Object.getOwnPropertyDescriptor(copy, '__proto__')?.value, { c: 3 })
    assert.equal(recorder.of(copy)?.isUntouched('n'), true)
    assert.equal(recorder.of(copy)?.isUntouched('more'), false)
  })

  test('of what is odd, or a plain object, is what it always was', () => {
    const { parts, recorder } = made()
    assert.deepEqual(recorder.copyOf({ a: [1] }), { a: [1] })
    Object.defineProperty(parts, 'x', GETTER)
    if (kind === 'group') assert.throws(() => recorder.copyOf(parts), OutsideRecord)
    else assert.deepEqual(recorder.copyOf(parts), { ...copyOf(record()), x: [2.5] })
    assert.ok(recorder.needs.isAll)
  })
})

test('cannot be cloned, so that a function that does so throws', () => {
  assert.throws(() => structuredClone(grouped(['a']).parts), /could not be cloned/)
})
