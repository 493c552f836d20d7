import { closeSync, openSync, writeSync } from 'node:fs'
import { HOB, runNode } from './programs.mjs'

/** The columns of an order: about sixty bytes, one field with a comma. */
export const orderColumns = (number) => [
  String(number),
  `someone-${number}@example.com`,
  `Street ${number % 997}, Anytown`,
]

/** Writes a CSV file of orders. */
export function writeOrders(path, count) {
  const file = openSync(path, 'w')
  for (let from = 0; from < count; from += 10_000) {
    const size = Math.min(10_000, count - from)
    writeSync(file, Array.from({ length: size }, (_, index) => csvLine(orderColumns(from + index))).join(''))
  }
  closeSync(file)
}

const csvLine = ([id, email, address]) => `${id},${email},"${address}"\n`

/** A kitchen in `folder` where so many orders of one short word wait. */
export function fillKitchen(folder, count) {
  const words = Array.from({ length: count }, (_, number) => `${number}\n`).join('')
  runNode([HOB, 'load', '-k', kitchenIn(folder), '-'], { cwd: folder, input: words, stdio: ['pipe', 'pipe', 'pipe'] })
}

export const kitchenIn = (folder) => `sqlite:${folder}/hob.db`
