import type { Finding, FindingLevel } from '../broker/diagnosis.js'
import type { Paint } from './print/colour.js'
import { visible } from './print/visible.js'

/** Readable without colour, and `grep BAD` finds what matters. */
const MARKS: Readonly<Record<FindingLevel, string>> = { good: 'ok', note: 'note', bad: 'BAD' }

const COLOURS: Readonly<Record<FindingLevel, 'green' | 'yellow' | 'red'>> = {
  good: 'green',
  note: 'yellow',
  bad: 'red',
}

/** A line for each finding, its advice below it, and last what an acknowledged job survives. */
export function doctorLines(findings: readonly Finding[], survives: string, paint: Paint): readonly string[] {
  const width = Math.max(...findings.map(({ topic }) => topic.length))
  const margin = ' '.repeat('note  '.length + width + 2)
  return [
    ...findings.flatMap(({ topic, level, found, advice }) => [
      `${paint[COLOURS[level]](MARKS[level].padEnd(4))}  ${topic.padEnd(width)}  ${onOneLine(found)}`,
      ...(advice === null ? [] : [`${margin}${onOneLine(advice)}`]),
    ]),
    '',
    onOneLine(survives),
  ]
}

const onOneLine = (text: string): string => visible(text).replaceAll('\n', '␊')
