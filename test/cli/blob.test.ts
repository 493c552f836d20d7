import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, test } from 'vitest'
import { type Ended, HOB, hob, inScratchFolder } from './hob.js'

/** `hob blob …` in a folder of its own. */
async function inPlace(
  work: (
    blob: (args: string, input?: string, env?: Record<string, string>) => Promise<Ended>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  await inScratchFolder((cwd) =>
    work((args, input = '', env = {}) => hob(['blob', ...args.split(' ')], { cwd, input, env }), cwd),
  )
}

const LINES = '{"n":1}\n{"n":2}\n{"n":3}\n'
/** The hash of a blob's name. */
const hashOf = (content: string): string => createHash('sha256').update(content).digest('hex').slice(0, 32)

describe('hob blob', () => {
  test('chunk prints what it made, and cat gives it back', () =>
    inPlace(async (blob, folder) => {
      writeFileSync(join(folder, 'n.jsonl'), LINES)
      writeFileSync(join(folder, 'no.csv'), '')
      const made = await blob('chunk in:n n.jsonl no.csv --chunk-size 17')
      assert.deepEqual(made, {
        status: 0,
        err: '',
        out: [
          'BLOB                                             RECORDS  BYTES  STORED',
          `n.jsonl-000000-${hashOf('{"n":1}\n{"n":2}\n')}        2   16 B    16 B`,
          `n.jsonl-000001-${hashOf('{"n":3}\n')}        1    8 B     8 B`,
          '',
          'tagged 2 blobs as in:n (3 records, 24 B)',
          'no.csv has no records',
          '',
        ].join('\n'),
      })
      assert.equal((await blob('cat in:n')).out, LINES)
      assert.equal((await blob('head -n 1 in:n in:n')).out, '{"n":1}\n{"n":1}\n')
      const again = JSON.parse((await blob('chunk in:n n.jsonl --chunk-size 17 --json')).out) as { taggedCount: number }
      assert.equal(again.taggedCount, 0)
      assert.match(
        (await blob('chunk in:n n.jsonl --chunk-size 17')).out,
        /tagged 0 blobs .*; all were there already\n$/,
      )
    }))

  test('an empty file makes nothing, and says so', () =>
    inPlace(async (blob, folder) => {
      writeFileSync(join(folder, 'no'), '')
      assert.deepEqual(await blob('chunk t no'), { status: 0, err: '', out: 'nothing was tagged\nno has no records\n' })
      assert.deepEqual(await blob('push t -'), { status: 0, err: '', out: 'nothing was tagged\nstdin is empty\n' })
      assert.equal((await blob('ls')).out, 'there are no tags\n')
    }))

  test('bytes go through unchanged, whatever they are', () =>
    inPlace(async (blob, folder) => {
      const content = randomBytes(200_000)
      writeFileSync(join(folder, 'x.bin'), content)
      await blob('push t x.bin -z')
      const { stdout } = spawnSync(process.execPath, [HOB, 'blob', 'cat', 't'], { cwd: folder })
      assert.ok(stdout.equals(content))
    }))

  test('each fault is one line, its hint the next, and nothing was made', () =>
    inPlace(async (blob, folder) => {
      writeFileSync(join(folder, 'n.jsonl'), LINES)
      writeFileSync(join(folder, 'bad.gz'), gzipSync(LINES).subarray(0, 20))
      mkdirSync(join(folder, 'there'))
      const faults: readonly (readonly [args: string, status: number, message: RegExp])[] = [
        ['chunk t none', 1, /^hob: cannot read none: there is no such file or folder$/],
        ['chunk t n.jsonl there', 1, /^hob: cannot read there: it is a folder$/],
        ['chunk t bad.gz', 1, /^hob: cannot unpack bad\.gz: unexpected end of file$/],
        ['chunk a/b n.jsonl', 2, /^hob: "a\/b" cannot be a tag: it must not contain \/$/],
        ['chunk a::b n.jsonl', 2, /^hob: "a::b" cannot be a tag: one of its parts/],
        ['chunk t n.jsonl --header', 2, /^hob: n\.jsonl: jsonl has no header$/],
        ['chunk t n.jsonl --chunk-size 2g', 2, /^hob: --chunk-size: '2g' is not from 1B to 1GiB/],
        ['chunk t n.jsonl --format jsn', 2, /^hob: --format: 'jsn' is none of/],
        ['chunk t n.jsonl --store s3:x', 1, /^hob: 's3:x' names no store of blobs$/],
        ['chunk t', 2, /^hob: missing required argument 'file'$/],
        ['chnk t n.jsonl', 2, /^hob: unknown command 'chnk' \(Did you mean chunk\?\)$/],
      ]
      for (const [args, status, message] of faults) {
        const ended = await blob(args)
        const [first = '', ...rest] = ended.err.split('\n')
        assert.match(first, message, args)
        assert.ok(rest.length <= 2, ended.err)
        assert.deepEqual([ended.status, ended.out], [status, ''], args)
      }
      assert.equal((await blob('ls')).out === '' || (await blob('ls')).out === 'there are no tags\n', true)
    }))

  test('a tag that is not there is answered with the one that was meant', () =>
    inPlace(async (blob) => {
      await blob('push in:users -', 'x')
      for (const verb of ['blobs', 'cat', 'head', 'stat', 'rm', 'verify']) {
        const ended = await blob(`${verb} in:user`)
        assert.deepEqual(ended, { status: 1, out: '', err: "hob: there is no tag 'in:user'\nDid you mean in:users?\n" })
      }
      assert.match((await blob('ls on:')).err, /^hob: no tag begins with 'on:'\n/)
      assert.match((await blob('tag x nothing')).err, /^hob: 'nothing' is not the name of a blob\n/)
    }))

  test('tags are added, taken off and removed; the blobs stay until gc', () =>
    inPlace(async (blob, folder) => {
      await blob('push a -', 'x')
      const [{ name } = { name: '' }] = JSON.parse((await blob('blobs a --json')).out) as { name: string }[]
      assert.equal((await blob(`tag b ${name}`)).out, 'tagged 1 blob as b\n')
      assert.equal((await blob(`tag b ${name}`)).out, 'tagged 0 blobs as b; 1 was there already\n')
      assert.equal((await blob(`untag a ${name}`)).out, 'took 1 blob off a; all of them are under other tags\n')
      assert.equal((await blob('rm b')).out, 'removed tag b from 1 blob; 1 blob is under no tag now\n')
      assert.equal((await blob('gc --remove')).out, 'nothing to remove; 1 kept\n')
      const then = Date.now() / 1_000 - 2 * 86_400
      utimesSync(join(folder, '.hob/blobs/blobs', hashOf('x').slice(0, 2), name), then, then)
      assert.equal((await blob('gc')).out, `${name}\nwould remove 1 blob (1 B); 0 kept; add --remove\n`)
      assert.equal((await blob('gc --remove')).out, `${name}\nremoved 1 blob (1 B); 0 kept\n`)
    }))

  test('verify names what is missing or damaged, and exits with 1', () =>
    inPlace(async (blob, folder) => {
      await blob('push a -', 'x')
      await blob('push b -', 'y')
      assert.deepEqual(await blob('verify'), { status: 0, out: 'read 2 blobs: all are whole\n', err: '' })
      const pathOf = (content: string) => {
        const part = join(folder, '.hob/blobs/blobs', hashOf(content).slice(0, 2))
        return join(part, readdirSync(part)[0] ?? '')
      }
      writeFileSync(pathOf('x'), 'z')
      rmSync(pathOf('y'))
      assert.deepEqual(await blob('verify'), {
        status: 1,
        out:
          `missing  stdin-000000-${hashOf('y')}  (b)\n` +
          `damaged  stdin-000000-${hashOf('x')}  (a)\n` +
          'read 2 blobs: 1 missing, 1 damaged\n',
        err: '',
      })
    }))

  test('the store is where --store says, or HOB_STORE, or beside the kitchen', () =>
    inPlace(async (blob, folder) => {
      await blob('push a - --store file:one', 'x')
      await blob('push a -', 'x', { HOB_STORE: `file:${join(folder, 'two')}` })
      await blob('push a - -k sqlite:three/k.db', 'x')
      const filesIn = (path: string) =>
        readdirSync(join(folder, path), { recursive: true }).filter((file) => /stdin-/.test(String(file)))
      for (const path of ['one', 'two', 'three/blobs']) assert.equal(filesIn(path).length, 1, path)
      const shared = await blob('push a - -k sqlite:three/other.db', 'y')
      assert.equal(shared.status, 0)
      assert.match(
        (await blob('gc -k sqlite:three/k.db')).err,
        /^hob: the store is used by another kitchen, too: sqlite:.*other\.db\n/,
      )
    }))

  test('progress is shown where it is asked for', () =>
    inPlace(async (blob) => {
      const { err } = await blob('chunk t - --bar', 'x\n')
      assert.match(err, /^0 MiB\n$/)
    }))
})
