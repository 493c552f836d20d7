import assert from 'node:assert/strict'
import { test } from 'vitest'
import { hob, inScratchFolder } from './hob.js'

const ORDERS = 16
const LINES = 5

/** Writes its lines one at a time, and rests in between, so that orders which run at once would interleave. */
const SLOW = `for line in $(seq ${LINES}); do echo "$1 $line"; echo "$1 $line" >&2; sleep 0.02; done`

test('the output of orders that run at once never mixes', () =>
  inScratchFolder(async (cwd) => {
    const names = Array.from({ length: ORDERS }, (_, index) => `order${index}`)
    await hob(['load', '-'], { cwd, input: names.join('\n') })
    const { out, err } = await hob(['deliver', '-j', '8', 'sh', '-c', SLOW, 'sh'], { cwd })
    for (const stream of [out, err]) {
      const lines = stream.split('\n').filter((line) => line.startsWith('order'))
      assert.equal(lines.length, ORDERS * LINES)
      const firsts = lines.filter((_, at) => at % LINES === 0).map((line) => line.split(' ')[0] ?? '')
      assert.deepEqual(new Set(firsts), new Set(names))
      assert.deepEqual(
        lines,
        firsts.flatMap((name) => Array.from({ length: LINES }, (_, at) => `${name} ${at + 1}`)),
      )
    }
  }))
