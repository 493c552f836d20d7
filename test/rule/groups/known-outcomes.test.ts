import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { KnownOutcomes } from '#hob/rule/groups/known-outcomes.js'

/** One to which was told what became of groups, which is their place in the list. */
function known(
  ...groups: readonly (readonly [fields: readonly unknown[], read: readonly number[]])[]
): (...fields: readonly unknown[]) => number | undefined {
  const outcomes = new KnownOutcomes<number>()
  for (const [at, [fields, read]] of groups.entries()) outcomes.add(fields, read, at)
  return (...fields) => outcomes.of({ fields })
}

describe('what functions made of groups', () => {
  test('is known by the fields that were read, whatever the others hold', () => {
    const of = known(
      [
        ['x', 'y', 1],
        [1, 0],
      ],
      [
        ['x', 'z', undefined],
        [1, 2],
      ],
    )
    assert.equal(of('x', 'y', 2), 0)
    assert.equal(of(null, 'z', undefined), 1)
    assert.equal(of('a', 'y', 1), undefined)
    assert.equal(of('x', 'z', 1), undefined)
    assert.equal(of('x', 'q', 1), undefined)
  })

  test('is the same of all, when nothing was read', () => {
    assert.equal(known()('x'), undefined)
    assert.equal(known([['x'], []])('y'), 0)
  })

  test('is not that of values that functions can tell apart', () => {
    assert.equal(known([['1'], [0]])(1), undefined)
    assert.equal(known([[undefined], [0]])(null), undefined)
    assert.equal(known([[0], [0]])(0), 0)
    assert.equal(known([[0], [0]])(-0), undefined)
    assert.equal(known([[-0], [0]])(0), undefined)
    const list = [1]
    assert.equal(known([[list], [0]])(list), undefined)
  })

  test('is not remembered where functions read another field, or less or more, than before', () => {
    const of = known(
      [['x', 'y'], [0]],
      [['x', 'y'], [1]],
      [['x', 'y'], []],
      [
        ['x', 'y'],
        [0, 1],
      ],
    )
    assert.equal(of('x', 'q'), 0)
    assert.equal(of('q', 'y'), undefined)
    assert.equal(known([['x'], []], [['x'], [0]])('y'), 0)
  })

  test('is remembered up to a bound', () => {
    const of = known(...Array.from({ length: 16_385 }, (_, at) => [[at + 1], [0]] as const))
    assert.deepEqual(
      [1, 16_384, 16_385].map((value) => of(value)),
      [0, 16_383, undefined],
    )
  })
})
