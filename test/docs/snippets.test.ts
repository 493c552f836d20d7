import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, describe, test } from 'vitest'
import { HOB } from '../cli/hob.js'
import { exchangesOf, perform, shapeOf } from './console.js'
import { type Block, type Document, markedBlocks, readDocuments } from './documents.js'
import { compileScripts, printsOf, runScript } from './scripts.js'

const documents = readDocuments()
const isConsole = ({ language }: Block): boolean => language === 'console'

/** `needs: sqlite3` names a program that not every machine has; its block is passed over where it is missing. */
function lacksProgram({ says }: Block): boolean {
  const [, program] = /needs: (\w+)/.exec(says) ?? []
  if (program === undefined) return false
  return spawnSync('/bin/sh', ['-c', `command -v ${program}`]).status !== 0
}

/** A folder where `hob` is this checkout's. */
function scratch(): { readonly folder: string; readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'hob-docs-'))
  const bin = join(folder, '.bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'hob'), `#!/bin/sh\nexec '${process.execPath}' '${HOB}' "$@"\n`)
  chmodSync(join(bin, 'hob'), 0o755)
  return { folder, path: `${bin}${delimiter}${process.env.PATH}` }
}

/** Runs a document's command lines one after another, as its reader would. */
async function follow(document: Document): Promise<void> {
  const { folder, path } = scratch()
  try {
    for (const block of markedBlocks(document).filter(isConsole)) {
      if (lacksProgram(block)) continue
      for (const exchange of exchangesOf(block)) {
        const printed = await perform(exchange, folder, path)
        const place = `${document.path}:${block.line}: ${exchange.command}`
        assert.equal(shapeOf(printed, block), shapeOf(exchange.prints, block), `${place}\nprinted\n${printed}`)
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('what the documents show', () => {
  for (const document of documents.filter((each) => markedBlocks(each).some(isConsole))) {
    // Once more on a machine so busy that what the README does in a second and a half was not yet begun.
    test(`${document.path} prints what it says`, { timeout: 120_000, retry: 1 }, () => follow(document))
  }
})

describe('the scripts of the documents', () => {
  const scripts = compileScripts(documents)
  afterAll(() => scripts.dispose())

  test('compile', () => {
    assert.equal(scripts.faults, '')
    assert.ok(scripts.list.length > 0)
  })

  for (const script of scripts.list) {
    test(`${script.name} runs`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'hob-docs-'))
      try {
        const { status, out, err } = await runScript(script, folder)
        assert.equal(err, '')
        assert.deepEqual(out.split('\n').slice(0, -1), printsOf(script.block))
        assert.equal(status, 0)
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  }
})
