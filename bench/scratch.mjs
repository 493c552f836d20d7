import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../scripts/install.mjs'

/** A folder on the disk where the checkout is, for both sides alike; it goes when the process ends. */
export function openScratch() {
  mkdirSync(join(root, '.hob'), { recursive: true })
  const folder = mkdtempSync(join(root, '.hob/bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
  return { folder }
}
