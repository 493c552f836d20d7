import { inspect } from 'node:util'
import {
  chain,
  count,
  fill,
  lower,
  type Parts,
  type PartsFunction,
  slice,
  toInt,
  toNumber,
  trim,
  where,
} from '#hob/index.js'
import type { FieldTransform } from '#hob/rule/rule.js'

// Functions of rules that look at records in all the ways that there are. None keeps anything between two calls.

/** A number that depends on a value and nothing else, so that a function does this with some records and that with others. */
const kindOf = (value: unknown, kinds: number): number =>
  [...(JSON.stringify(value) ?? '')].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0) % kinds

const isObject = (value: unknown): value is Parts => typeof value === 'object' && value !== null

/** Those that read and write fields by their names, so that records can be grouped by these. */
export const NARROW = {
  count,
  isX: where('a').is('x'),
  notY: where('a').notIn(['y', 'Y']),
  hasNumber: where('n').atLeast(-1e6),
  likeNumber: where('b').matches(/^[^\d]*$/),
  filled: fill({ b: '-', n: 0 }),
  filter: (parts) => (kindOf(parts.a, 3) === 0 ? null : parts),
  undefinedGiven: (parts) => (kindOf(parts.b, 3) === 0 ? undefined : parts),
  /** Which field it reads next depends on the one before, and it leaves groups out at each. */
  filterByTurns(parts) {
    if (kindOf(parts.a, 3) === 0) return kindOf(parts.n, 2) === 0 ? null : parts
    if (kindOf(parts.b, 3) === 0) return null
    return 'n' in parts && kindOf(parts.a, 2) === 0 && kindOf(parts.n, 2) === 1 ? [] : parts
  },
  emptyList: (parts) => (kindOf(parts.a, 3) === 0 ? [] : parts),
  wordAdded(parts) {
    parts.w = `${parts.a}!`
    return parts
  },
  keyChanged(parts) {
    parts.a = parts.b
    return parts
  },
  numberWritten(parts) {
    parts.n = 0.1
    return parts
  },
  /** Of some records the number is as it was, of others another one. */
  numberSometimesWritten(parts) {
    if (kindOf(parts.a, 2) === 0) parts.n = '12'
    return parts
  },
  numberSometimesNull(parts) {
    if (kindOf(parts.a, 2) === 0) parts.n = null
    return parts
  },
  numberTurned(parts) {
    parts.n = -Number(parts.n)
    return parts
  },
  numberMoved(parts) {
    parts.m = parts.n
    delete parts.n
    return parts
  },
  numberDeleted(parts) {
    delete parts.n
    return parts
  },
  sometimesDeleted(parts) {
    if (kindOf(parts.a, 2) === 0) delete parts.n
    if (kindOf(parts.a, 3) === 0) delete parts.b
    return parts
  },
  deletedAndWritten(parts) {
    delete parts.b
    parts.b = 'b'
    return parts
  },
  newObject: ({ a, n }) => ({ a, n, count: 1 }),
  lateNumber(parts) {
    return {
      a: parts.a,
      get n() {
        return parts.n
      },
    }
  },
  withoutPrototype: ({ a, b }) => Object.assign(Object.create(null) as Parts, { a, b, count: 1 }),
  defined: (parts) => Object.defineProperty(parts, 'count', { value: 1, enumerable: true }),
  hidden: (parts) => Object.defineProperty(parts, 'n', { value: 3, enumerable: false, configurable: true }),
  accessor: (parts) => Object.defineProperty(parts, 'w', { get: () => parts.a, enumerable: true, configurable: true }),
  inherits: (parts) => Object.assign(Object.create(parts) as Parts, { count: 2 }),
  /** Asks for `c` of few records only. */
  rarelyMore(parts) {
    if (parts.a === '\u00e9') parts.w = kindOf(parts.c, 3)
    return parts
  },
  moreAndMore(parts) {
    if (kindOf(parts.a, 2) === 0 && kindOf(parts.b, 2) === 0 && parts.n !== undefined) parts.w = typeof parts.c
    return parts
  },
  caught(parts) {
    try {
      parts.w = kindOf(parts.c, 2)
    } catch {
      parts.w = 'caught'
    }
    return parts
  },
  finallyGiven(parts) {
    try {
      return parts.c === undefined ? null : parts
    } finally {
      parts.w = 'after'
    }
  },
  asked: (parts) => ('c' in parts || Object.hasOwn(parts, 'b') ? parts : null),
  askedOld: (parts) => (Object.hasOwn(parts, 'c') ? parts : { a: 'none' }),
  described(parts) {
    parts.w = JSON.stringify(Object.getOwnPropertyDescriptor(parts, 'a'))
    return parts
  },
  inherited(parts) {
    parts.w = `${typeof parts.toString} ${parts.constructor === Object} ${'valueOf' in parts} ${String(parts)}`
    return parts
  },
  prototype(parts) {
    parts.w = `${Object.getPrototypeOf(parts) === Object.prototype} ${Object.hasOwn(parts, '__proto__')} ${parts instanceof Object}`
    return parts
  },
  nested(parts) {
    if (isObject(parts.c)) parts.w = JSON.stringify(parts.c.d ?? parts.c)
    return parts
  },
  nestedChanged(parts) {
    if (isObject(parts.c) && !Array.isArray(parts.c)) parts.c.x = Object.keys(parts.c).length
    if (Array.isArray(parts.c)) parts.c.push('more')
    return parts
  },
  *twice(parts) {
    parts.part = 1
    yield parts
    parts.part = 2
    yield parts
  },
  *each(parts, { factor }) {
    for (let copy = 0; copy < kindOf(parts.a, Number(factor)); copy++) {
      parts.copy = copy
      yield parts
    }
  },
  *andTotal(parts) {
    yield parts
    parts.a = '*'
    yield parts
  },
  listed: (parts) => [parts, { a: parts.a, n: 1, count: 1 }],
  sameTwice: (parts) => [parts, parts],
  throws(parts) {
    if (kindOf(parts.b, 5) === 0) throw new TypeError(`I do not like ${String(parts.b)}`)
    return parts
  },
  *throwsLate(parts) {
    yield parts
    if (kindOf(parts.a, 6) === 0) throw new RangeError('one and no more')
  },
  givesNoObject: (parts) => (kindOf(parts.a, 7) === 0 ? (7 as unknown as Parts) : parts),
  givesPromise: (parts) => (kindOf(parts.a, 7) === 0 ? (Promise.resolve(parts) as unknown as Parts) : parts),
} satisfies Record<string, PartsFunction>

/** Those for which a record is needed as a whole, and those that no watched record can serve. */
export const WIDE = {
  spread: (parts) => ({ ...parts, count: 1 }),
  rest({ b, ...rest }) {
    return { ...rest, bb: b }
  },
  names(parts) {
    parts.w = Object.keys(parts).join()
    return parts
  },
  allNames(parts) {
    parts.w = Reflect.ownKeys(parts).length
    return parts
  },
  entries: (parts) => Object.fromEntries(Object.entries(parts)),
  assigned: (parts) => Object.assign({}, parts, { count: 1 }),
  json: (parts) => JSON.parse(JSON.stringify(parts)) as Parts,
  cloned: (parts) => structuredClone(parts),
  inspected(parts) {
    parts.w = inspect(parts)
    return parts
  },
  loop(parts) {
    let names = 0
    for (const name in parts) names += name.length
    parts.w = names
    return parts
  },
  frozen: (parts) => Object.freeze(parts),
  sealed(parts) {
    return Object.isFrozen(Object.seal(parts)) ? null : parts
  },
  otherPrototype: (parts) => Object.setPrototypeOf(parts, { n: 7, inherited: 1 }) as Parts,
  within: (parts) => ({ a: parts.a, c: parts }),
  sometimesAll(parts) {
    if (parts.a === '\u00e9') parts.w = Object.keys(parts).length
    return parts
  },
} satisfies Record<string, PartsFunction>

/** Functions over fields. */
export const TRANSFORMS = {
  lower,
  toInt,
  toNumber,
  clean: chain(trim, lower, slice(0, 2)),
  same: (value) => value,
  nothing: () => null,
  constant: () => 5,
  undefinedGiven: (value) => (value === 'x' ? undefined : value),
  times: (value, { factor }) => Number(value) * Number(factor),
  boxed: (value) => ({ of: [value] }),
  dates: (value) => (typeof value === 'number' && Math.abs(value) < 1e12 ? new Date(Math.round(value)) : value),
  digits: (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) * 2n ** 60n : value),
  throwsOnNull(value) {
    if (value === null) throw new TypeError('null')
    return value
  },
} satisfies Record<string, FieldTransform>
