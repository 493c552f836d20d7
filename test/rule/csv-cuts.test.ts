import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import { CsvRecordEnds } from '#hob/blob/cut/record-ends.js'
import { csvCuts } from '#hob/rule/map/csv-cuts.js'
import { runsOf } from './arbitraries.js'
import { filesOf } from './map-task.js'

interface Case {
  readonly content: Buffer
  readonly pieceBytes: number
  readonly header: boolean
  readonly isDynamic: boolean
}

/** By looking through all of it, record by record. */
function expected({ content, pieceBytes, header, isDynamic }: Case): readonly number[] {
  const ends = new CsvRecordEnds({ delimiter: ',', isDynamic })
  const cuts: number[] = []
  let [due, isHeaderDue] = [pieceBytes, header]
  for (let at = 0; at < content.length; ) {
    const end = ends.next(content, at, true)
    if (!isHeaderDue && at >= due) {
      cuts.push(at)
      due = (Math.floor(at / pieceBytes) + 1) * pieceBytes
    } else if (isHeaderDue && !ends.isEmpty) isHeaderDue = false
    at = typeof end === 'number' ? end : content.length
  }
  return cuts
}

async function found({ content, pieceBytes, header, isDynamic }: Case): Promise<readonly number[]> {
  const [input] = filesOf(content)
  assert.ok(input)
  const piece = { ...input, kind: 'input' as const, hash: null, from: 0, to: content.length, firstLine: 1 }
  return csvCuts(piece, { csv: { header }, isDynamic, pieceBytes })
}

/** What is looked through at once. */
const ROOM = 256 * 1024

const line = fc.constantFrom(
  'x,1',
  '',
  '\r',
  'é,"q"',
  '"a ""b""",1',
  '"two\nlines",2',
  '"open',
  'x"y,1',
  '{"a":"\\""}',
  '"\n\n"',
)

/** Many lines with no odd one, so that odd ones come with some of the file behind them, around the ends of what is looked through. */
const text = fc.record({
  evenBytes: fc.tuple(fc.constantFrom(0, ROOM, 2 * ROOM), fc.nat(40)).map(([bytes, more]) => bytes + more),
  lines: fc.array(line, { maxLength: 12 }),
  endBytes: fc.constantFrom(0, 1, 90_000),
})

/** Kept apart from its content, of which a failure would print megabytes. */
type Text = typeof text extends fc.Arbitrary<infer Made> ? Made : never

const even = (bytes: number): string => '"a, b",2\n'.repeat(Math.floor(bytes / 9))

const contentOf = ({ evenBytes, lines, endBytes }: Text): Buffer =>
  Buffer.from(`${even(evenBytes)}${lines.join('\n')}${endBytes > 0 ? '\n' : ''}${even(endBytes)}`)

test('a file is cut where records begin, whatever its lines are and wherever what is odd stands', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        text,
        pieceBytes: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 30_000, max: 300_000 })),
        header: fc.boolean(),
        isDynamic: fc.boolean(),
      }),
      async ({ text, ...how }) => {
        const each = { ...how, content: contentOf(text) }
        assert.deepEqual(await found(each), expected(each))
      },
    ),
    runsOf(60),
  )
})

test('a file of some turns of the loop, too', async () => {
  const each = {
    content: Buffer.from(even(36_000_000)),
    pieceBytes: 5_000_000,
    header: true,
    isDynamic: false,
  }
  assert.deepEqual(await found(each), expected(each))
})
