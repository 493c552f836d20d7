import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { DroppedFields } from '#hob/rule/groups/dropped-fields.js'

/** One to which a group was told that was left out. */
function dropped(
  ...groups: readonly (readonly [fields: readonly unknown[], read: readonly number[]])[]
): DroppedFields {
  const made = new DroppedFields()
  for (const [fields, read] of groups) made.add(fields, read)
  return made
}

describe('groups that were left out', () => {
  test('are known by the fields that were read, whatever the others hold', () => {
    const known = dropped(
      [
        ['x', 'y', 1],
        [1, 0],
      ],
      [
        ['x', 'z', undefined],
        [1, 2],
      ],
    )
    assert.ok(known.has(['x', 'y', 2]))
    assert.ok(known.has([null, 'z', undefined]))
    assert.equal(known.has(['a', 'y', 1]), false)
    assert.equal(known.has(['x', 'z', 1]), false)
    assert.equal(known.has(['x', 'q', 1]), false)
  })

  test('all of them, when nothing was read', () => {
    assert.equal(new DroppedFields().has(['x']), false)
    assert.equal(dropped([['x'], []]).has(['y']), false)
  })

  test('values that functions can tell apart are told apart', () => {
    assert.equal(dropped([['1'], [0]]).has([1]), false)
    assert.equal(dropped([[undefined], [0]]).has([null]), false)
    assert.equal(dropped([[0], [0]]).has([-0]), false)
    const list = [1]
    assert.equal(dropped([[list], [0]]).has([list]), false)
  })

  test('are not remembered where functions read another field first than before', () => {
    const known = dropped([['x', 'y'], [0]], [['x', 'y'], [1]])
    assert.ok(known.has(['x', 'q']))
    assert.equal(known.has(['q', 'y']), false)
  })

  test('are remembered up to a bound', () => {
    const known = new DroppedFields()
    for (let at = 1; at <= 16_385; at++) known.add([at], [0])
    assert.deepEqual(
      [1, 16_384, 16_385].map((at) => known.has([at])),
      [true, true, false],
    )
  })
})
