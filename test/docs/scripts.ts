import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Block, type Document, markedBlocks, ROOT } from './documents.js'

/** A script of a document, compiled. */
export interface Script {
  /** `docs/library.md:12` */
  readonly name: string
  readonly block: Block
  readonly file: string
}

/** Scripts in a folder of this checkout, so that `hob` is this package; gone with `dispose`. */
export interface Scripts {
  readonly list: readonly Script[]
  /** What the compiler found wrong; empty when all is well. */
  readonly faults: string
  dispose(): void
}

/** Compiles every marked script of the documents, with this project's strict settings. */
export function compileScripts(documents: readonly Document[]): Scripts {
  mkdirSync(join(ROOT, '.hob'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, '.hob/snippets-'))
  const options = {
    rootDir: '.',
    outDir: 'out',
    types: ['node'],
    isolatedDeclarations: false,
    declaration: false,
    noUnusedLocals: false,
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions: options, include: ['*.mts'] }),
  )
  const list = documents.flatMap((document) =>
    markedBlocks(document)
      .filter(({ language }) => language === 'ts')
      .map((block): Script => {
        const stem = `${document.path.replaceAll(/\W/g, '-')}-${block.line}`
        // `export {}` makes a module of a script without imports.
        writeFileSync(join(folder, `${stem}.mts`), `${block.text}\nexport {}\n`)
        return { name: `${document.path}:${block.line}`, block, file: join(folder, 'out', `${stem}.mjs`) }
      }),
  )
  const { stdout } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
  })
  return { list, faults: stdout, dispose: () => rmSync(folder, { recursive: true, force: true }) }
}

/** How a script ended. */
export interface Ended {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** Runs a script; one that `runs until Ctrl-C` is interrupted when it has printed a line. */
export function runScript({ file, block }: Script, cwd: string): Promise<Ended> {
  const child = spawn(process.execPath, [file], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    if (block.says.startsWith('runs until Ctrl-C')) child.kill('SIGINT')
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, out, err }))
  })
}

/** The lines that a block says it prints: `prints: a | b`. */
export function printsOf({ says }: Block): readonly string[] {
  const [, lines] = /prints: (.*)$/.exec(says) ?? []
  return lines === undefined ? [] : lines.split(' | ')
}
