import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { defineCommand } from '#hob/cli/command.js'
import type { CommandTable } from '#hob/cli/commands.js'
import { bashCompletion } from '#hob/cli/completion/bash.js'
import { fishCompletion } from '#hob/cli/completion/fish.js'
import { completionModel } from '#hob/cli/completion/model.js'
import { zshCompletion } from '#hob/cli/completion/zsh.js'
import { file, flag, oneOf, option } from '#hob/cli/option.js'

const TABLE: CommandTable = {
  deliver: {
    summary: "Run a command: it's for each order.",
    load: async () =>
      defineCommand({
        args: [{ syntax: '<command>', summary: 'What to run.', completes: 'executable' }],
        options: { tag: flag('--tag', 'Say [which].'), log: option('--joblog <file>', 'Write a log.', file) },
        examples: [],
        passThrough: true,
        run: async () => 0,
      }),
  },
  extract: {
    summary: 'Write orders.',
    load: async () =>
      defineCommand({
        args: [],
        options: { format: option('-f, --format <format>', 'How.', oneOf(['csv', 'json', 'jsonl'])) },
        examples: [],
        run: async () => 0,
      }),
  },
}

const GROUPED: CommandTable = {
  ...TABLE,
  plan: {
    summary: 'Plans.',
    commands: {
      add: {
        summary: 'Add one.',
        load: async () =>
          defineCommand({
            args: [],
            options: { how: option('--how <how>', 'How.', oneOf(['soon', 'late'])) },
            examples: [],
            run: async () => 0,
          }),
      },
      ls: {
        summary: 'List.',
        load: async () => defineCommand({ args: [], options: {}, examples: [], run: async () => 0 }),
      },
    },
    examples: [],
  },
}

const ofRules = await completionModel({
  rule: {
    summary: 'Rules.',
    commands: {
      run: {
        summary: 'Run one.',
        load: async () =>
          defineCommand({
            args: [{ syntax: '<rule>', summary: 'Which.', completes: 'rule' }],
            options: { how: option('--how <how>', 'How.', oneOf(['soon', 'late'])) },
            examples: [],
            run: async () => 0,
          }),
      },
      ls: {
        summary: 'List.',
        load: async () => defineCommand({ args: [], options: {}, examples: [], run: async () => 0 }),
      },
    },
    examples: [],
  },
})

const model = await completionModel(GROUPED)

/** What bash would offer after these words, the last of which is being typed. */
function offered(...words: string[]): readonly string[] {
  const line = words.map((word) => `'${word}'`).join(' ')
  const script = `${bashCompletion(model)}\nCOMP_WORDS=(hob ${line}); COMP_CWORD=${words.length}; COMPREPLY=(); _hob
printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8', cwd: '/' }).split('\n').filter(Boolean)
}

test('bash completes commands', () => {
  assert.deepEqual(offered('de'), ['deliver'])
  assert.deepEqual(offered('--kitchen', 'sqlite', 'ex'), ['extract'])
})

test('bash completes the commands of a group, and their options', () => {
  assert.deepEqual(offered('plan', 'a'), ['add'])
  assert.deepEqual(offered('plan', 'add', '--ho'), ['--how'])
  assert.deepEqual(offered('plan', 'add', '--how', 'l'), ['late'])
})

test('bash completes the names of rules, and then files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hob-completion-'))
  try {
    writeFileSync(join(folder, 'hob'), '#!/bin/sh\necho names.last; echo names.first\n', { mode: 0o755 })
    const script = (words: readonly string[]) => `PATH='${folder}':$PATH\n${bashCompletion(ofRules)}
COMP_WORDS=(hob ${words.join(' ')}); COMP_CWORD=${words.length}; COMPREPLY=(); _hob\nprintf '%s\\n' "\${COMPREPLY[@]}"`
    const offer = (...words: readonly string[]) =>
      execFileSync('bash', ['--norc', '-c', script(words)], { encoding: 'utf8', cwd: '/' })
        .split('\n')
        .filter(Boolean)
    assert.deepEqual(offer('rule', 'r'), ['run'])
    assert.deepEqual(offer('rule', 'run', 'names.l'), ['names.last'])
    assert.deepEqual(offer('rule', 'run', '--how', 'soon', 'n'), ['names.last', 'names.first'])
    assert.deepEqual(offer('rule', 'run', 'names.last', 'n'), [])
    assert.deepEqual(offer('rule', 'run', '--h'), ['--how', '--help'])
    assert.deepEqual(offer('rule', 'ls', 'n'), [])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const noOptions = { options: {}, examples: [], run: async () => 0 }

const ofTags = await completionModel({
  blob: {
    summary: 'Blobs.',
    commands: {
      push: {
        summary: 'Push.',
        load: async () =>
          defineCommand({
            ...noOptions,
            args: [
              { syntax: '<tag>', summary: 'What to.', completes: 'tag' },
              { syntax: '<file...>', summary: 'What.', completes: 'file' },
            ],
          }),
      },
      cat: {
        summary: 'Cat.',
        load: async () =>
          defineCommand({ ...noOptions, args: [{ syntax: '<tag...>', summary: 'Which.', completes: 'tag' }] }),
      },
    },
    examples: [],
  },
})

test('bash completes tags, whose parts stand between colons, and runs nothing that one is called', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hob-completion-'))
  try {
    const tags = ['in:users:eu', 'in:users:us', 'in:jobs', 'out', '$(touch bad)', '`touch bad`', 'a b', "a'b"]
    writeFileSync(join(folder, 'tags'), `${tags.join('\n')}\n`)
    writeFileSync(join(folder, 'hob'), `#!/bin/sh\ncat '${folder}/tags'\n`, { mode: 0o755 })
    // As bash splits it: each colon is a word.
    const offer = (line: string) => {
      const words = line.split(/(?<=:)|(?=:)| /).map((word) => `'${word}'`)
      const script = `PATH='${folder}':$PATH\n${bashCompletion(ofTags)}
COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; COMP_LINE='${line}'; COMP_POINT=${line.length}; COMPREPLY=(); _hob
printf '%s\\n' "\${COMPREPLY[@]}"`
      return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8', cwd: folder })
        .split('\n')
        .filter(Boolean)
    }
    assert.deepEqual(offer('hob blob c'), ['cat'])
    assert.deepEqual(offer('hob blob cat in:users:'), ['eu', 'us'])
    assert.deepEqual(offer('hob blob cat in:j'), ['jobs'])
    assert.deepEqual(offer('hob blob cat in:jobs o'), ['out'])
    assert.deepEqual(offer('hob blob cat '), ['in:users:eu', 'in:users:us', 'in:jobs', 'out'])
    assert.deepEqual(offer('hob blob push o'), ['out'])
    assert.deepEqual(offer('hob blob push out o'), [])
    assert.deepEqual(offer('hob blob push --he'), ['--help'])
    assert.equal(existsSync(join(folder, 'bad')), false)
    if (spawnSync('zsh', ['--version']).status === 0) execFileSync('zsh', ['-n', '-c', zshCompletion(ofTags)])
    assert.match(fishCompletion(ofTags), /from push cat.*hob blob ls --names/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('bash completes options and their values', () => {
  assert.deepEqual(offered('extract', '--f'), ['--format'])
  assert.deepEqual(offered('extract', '--format', 'j'), ['json', 'jsonl'])
  assert.deepEqual(offered('extract', '-f', ''), ['csv', 'json', 'jsonl'])
  assert.deepEqual(offered('extract', '--format', '=', 'j'), ['json', 'jsonl'])
  assert.deepEqual(offered('deliver', '--joblog', '/et'), ['/etc'])
})

test('bash completes a command to run, and then only files', () => {
  assert.ok(offered('deliver', 'bas').includes('bash'))
  assert.deepEqual(offered('deliver', '--joblog', 'x', '--ta'), ['--tag'])
  assert.deepEqual(offered('deliver', 'bash', '--ta'), [])
  assert.deepEqual(offered('deliver', 'bash', '/et'), ['/etc'])
})

const hasShell = (name: string): boolean => spawnSync(name, ['-c', ':']).status === 0

test.runIf(hasShell('zsh'))('zsh reads its script', () => {
  execFileSync('zsh', ['-n'], { input: zshCompletion(model) })
  execFileSync('zsh', ['-n'], { input: zshCompletion(ofRules) })
})

test.runIf(hasShell('fish'))('fish completes', () => {
  const offer = (line: string) =>
    execFileSync('fish', ['--no-config', '-c', `${fishCompletion(model)}\ncomplete -C '${line}'`], { encoding: 'utf8' })
      .split('\n')
      .map((text) => text.split('\t')[0] ?? '')
  assert.deepEqual(offer('hob extract --format j'), ['json', 'jsonl', ''])
  assert.deepEqual(offer('hob de'), ['deliver', ''])
  assert.ok(offer('hob extract --f').includes('--format'))
})

test('the scripts name every option', () => {
  for (const script of [bashCompletion(model), zshCompletion(model)]) {
    for (const name of ['--tag', '--joblog', '--format', '--kitchen', '--json', '--help'])
      assert.ok(script.includes(name))
  }
})
