import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** One file of the program. */
export interface Source {
  /** From `src/`, like `queue/worker.ts`. */
  readonly path: string
  readonly text: string
  /** The text without comments. */
  readonly code: string
  readonly imports: readonly Import[]
}

/** What a file names to have it loaded. */
export interface Import {
  /** A path from `src/`, or the name of a package. */
  readonly target: string
  readonly isOurs: boolean
  /** Loaded later, when it is needed. */
  readonly isLate: boolean
}

/** Every file under `src/` that a person wrote. */
export function readSources(): readonly Source[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.generated.ts'))
    .sort()
    .map(readSource)
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, 'src', path), 'utf8')
  const code = withoutComments(text)
  return { path, text, code, imports: [...importsOf(path, code, EAGER, false), ...importsOf(path, code, LATE, true)] }
}

/** Whole-line comments only, which is how this project writes them. */
const withoutComments = (text: string): string => text.replace(/^\s*(\/\/.*|\/\*[\s\S]*?\*\/)$/gm, '')

const EAGER = /^(?:import|export)\b[^'"]*?from '([^']+)'|^import '([^']+)'/gm
/** `import('…')`, and `new URL('…', import.meta.url)` of what a thread loads. */
const LATE = /\bimport\('([^']+)'\)|new URL\('([^']+\.js)', import\.meta\.url\)/g

function importsOf(from: string, code: string, pattern: RegExp, isLate: boolean): readonly Import[] {
  return [...code.matchAll(pattern)].map(([, first, second]) => {
    const name = first ?? second ?? ''
    const isOurs = name.startsWith('.')
    const target = isOurs ? normalize(join(dirname(from), name)).replace(/\.js$/, '.ts') : name
    return { target, isOurs, isLate }
  })
}
