import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/install.mjs'

/** Where the library that Hob has, and its peer is, stands. */
export const duckdbFolder = join(root, 'node_modules/@duckdb/node-api')

/** Sums of cents by doubles differ in their last digits; those of another answer differ in more. */
const SHARE = 1e-9

/** What the first side said of a file of data, and which one that was. */
const answers = new Map()

/**
 * A benchmark compares nothing when the answers differ: fails then. The rows may come in any order, between headers.
 *
 * @param isSorted A long answer in one order: compared byte by byte.
 */
export function sameAnswer({ side, data, file, isSorted = false }) {
  const answer = isSorted ? hashOf(file) : rowsOf(readFileSync(file, 'utf8'))
  const known = answers.get(data)
  if (known === undefined) answers.set(data, { side, answer })
  else if (isSorted ? known.answer !== answer : !isSame(known.answer, answer)) {
    throw new Error(`${side} has another answer than ${known.side}: ${sample(known.answer)} … and ${sample(answer)} …`)
  }
}

const hashOf = (file) => createHash('sha256').update(readFileSync(file)).digest('hex')

const sample = (answer) => JSON.stringify(answer).slice(0, 200)

/** Rows end with a number, and headers do not. */
const rowsOf = (text) =>
  text
    .split('\n')
    .map((line) => line.replaceAll('"', ''))
    .filter((line) => /,-?\d[^,]*$/.test(line))
    .sort()

function isSame(some, others) {
  return some.length === others.length && some.every((row, index) => isSameRow(row, others[index]))
}

function isSameRow(row, other) {
  if (row === other) return true
  const fields = other.split(',')
  return row.split(',').every((field, index) => field === fields[index] || isNear(Number(field), Number(fields[index])))
}

const isNear = (number, other) => Math.abs(number - other) <= SHARE * Math.abs(number)
