import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build, install, root } from '../scripts/install.mjs'

/** Sees to it that what is measured is what stands in `src`. A quick run takes any build, as tests have just made one. */
export function ensureBuilt({ isQuick }) {
  const main = join(root, 'dist/bin/hob.cjs')
  if (isQuick && existsSync(main)) return
  if (!existsSync(join(root, 'node_modules'))) install()
  const isStale = () => newestMs(join(root, 'src')) > statSync(main).mtimeMs
  if (!existsSync(main) || isStale()) build()
}

function newestMs(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => !file.endsWith('.generated.ts'))
  return Math.max(...files.map((file) => statSync(join(folder, file)).mtimeMs))
}
