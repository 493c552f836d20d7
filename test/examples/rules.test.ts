import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'vitest'
import { HOB, hob, inScratchFolder } from '../cli/hob.js'
import { exchangesOf, perform, shapeOf } from '../docs/console.js'
import type { Block } from '../docs/documents.js'

test('hob rule new writes rules whose README tells what they print', { timeout: 120_000 }, () =>
  inScratchFolder(async (cwd) => {
    const made = await hob(['rule', 'new', 'rules'], { cwd })
    assert.match(
      made.out,
      /^made rules with README\.md, campaign\.ts, .*\nTry: hob rule run names\.last_names_json rules\/names\.jsonl\n$/,
    )
    const bin = join(cwd, '.bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'hob'), `#!/bin/sh\nexec '${process.execPath}' '${HOB}' "$@"\n`)
    chmodSync(join(bin, 'hob'), 0o755)
    const path = `${bin}${delimiter}${process.env.PATH}`
    const text = readFileSync(join(cwd, 'rules/README.md'), 'utf8')
    const blocks = [...text.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(
      ([, body = '']): Block => ({ line: 0, says: '', language: 'console', text: body }),
    )
    assert.ok(blocks.length > 5)
    for (const block of blocks) {
      for (const exchange of exchangesOf(block)) {
        const printed = await perform(exchange, cwd, path)
        assert.equal(shapeOf(printed, block), shapeOf(exchange.prints, block), exchange.command)
      }
    }
  }),
)

test('a folder that is not empty, or a file, is left alone', () =>
  inScratchFolder(async (cwd) => {
    writeFileSync(join(cwd, 'mine.txt'), 'x')
    const refused = await hob(['rule', 'new', '.'], { cwd })
    assert.match(refused.err, /^hob: \. is not empty\n/)
    assert.equal(refused.status, 1)
    assert.equal((await hob(['rule', 'new', 'mine.txt'], { cwd })).status, 1)
    assert.deepEqual(readdirSync(cwd), ['mine.txt'])
    const { out } = await hob(['rule', 'new', 'other'], { cwd })
    assert.match(out, /\nTry: hob rule run \.\/other\/names\.last_names_json other\/names\.jsonl\n/)
    const json = JSON.parse((await hob(['rule', 'new', 'third', '--json'], { cwd })).out)
    assert.deepEqual([json.folder, json.files.length], ['third', 6])
  }))
