import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import type { Piece } from '#hob/rule/input.js'
import { groupTasks } from '#hob/rule/run/group-tasks.js'

const MIB = 1024 * 1024

const piece = (bytes: number, at: number): Piece => ({
  ...{ name: `p${at}`, tag: null, file: `/p${at}`, from: 0, to: bytes, firstLine: 1, kind: 'input', hash: null },
})

/** MiB of each task. */
const sizes = (pieces: readonly number[], threads: number): readonly number[] =>
  groupTasks(
    pieces.map((mib, at) => piece(mib * MIB, at)),
    threads,
  ).map((task) => task.reduce((sum, { to }) => sum + to / MIB, 0))

describe('tasks by groups', () => {
  test.each<[what: string, pieces: readonly number[], threads: number, tasks: readonly number[]]>([
    ['none has nothing', [], 2, []],
    ['a small file is one', [20], 2, [20]],
    ['small blobs are one up to 16 MiB', [3, 2, 10], 2, [15]],
    ['each thread has one of 8 MiB', [20, 20, 20], 4, [20, 20, 20]],
    ['of what is less than 32 MiB each, each thread has one', [31, 31], 2, [31, 31]],
    ['each thread has one', [32, 32, 32], 2, [64, 32]],
    ['each thread has one up to 256 MiB', Array(14).fill(31), 2, [217, 217]],
    ['none is much over 256 MiB, and each thread has as many', Array(40).fill(32), 2, [224, 192, 224, 224, 192, 224]],
    ['one thread has two', Array(10).fill(32), 1, [160, 160]],
    ['a large piece is alone', [300, 10, 10], 2, [300, 20]],
  ])('%s', (_what, pieces, threads, tasks) => {
    assert.deepEqual(sizes(pieces, threads), tasks)
  })

  test('hold each piece once, in its order, and at most 1,000', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(3), fc.nat(300 * MIB)), { maxLength: 3_000, size: 'max' }),
        fc.integer({ min: 1, max: 64 }),
        (bytes, threads) => {
          const pieces = bytes.map(piece)
          const tasks = groupTasks(pieces, threads)
          assert.deepEqual(tasks.flat(), pieces)
          assert.ok(tasks.every(({ length }) => length > 0 && length <= 1_000))
        },
      ),
      { numRuns: 50 },
    )
  })
})
