// Compiles scan/ (AssemblyScript) to WebAssembly: what groups records (docs/decisions/0016), what reads records of texts that came before, and
// what looks for quotes.
import { mkdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { main } from 'assemblyscript/asc'
import { root } from './install.mjs'

/** @param target The folder of `dist/rule`. @throws Error with what the compiler says, when it is no program. */
export async function compileScanners(target) {
  await compile('scan/index.ts', join(target, 'groups/scan.wasm'))
  await compile('scan/quotes.ts', join(target, 'map/quotes.wasm'))
  await compile('scan/rows.ts', join(target, 'map/rows.wasm'))
}

async function compile(source, target) {
  mkdirSync(dirname(target), { recursive: true })
  const options = ['-O3', '--noAssert', '--converge', '--runtime', 'stub', '--enable', 'simd']
  const { error, stderr } = await main([source, '--outFile', relative(root, target), '--baseDir', root, ...options])
  if (error) throw new Error(`${source} cannot be compiled:\n${stderr}`, { cause: error })
}
