// Compiles scan/ (AssemblyScript) to WebAssembly: what groups records (docs/decisions/0016).
import { mkdirSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { main } from 'assemblyscript/asc'
import { root } from './install.mjs'

/** @param target The file to make. @throws Error with what the compiler says, when it is no program. */
export async function compileScanner(target) {
  mkdirSync(dirname(target), { recursive: true })
  const options = ['-O3', '--noAssert', '--converge', '--runtime', 'stub', '--enable', 'simd']
  const { error, stderr } = await main([
    'scan/index.ts',
    '--outFile',
    relative(root, target),
    '--baseDir',
    root,
    ...options,
  ])
  if (error) throw new Error(`scan/ cannot be compiled:\n${stderr}`, { cause: error })
}
