import assert from 'node:assert/strict'
import { test } from 'vitest'
import { CliError } from '#hob/cli/cli-error.js'
import { defineCommand } from '#hob/cli/command.js'
import { COMMANDS, type CommandTable, isGroup } from '#hob/cli/commands.js'
import { durationMs, flag, oneOf, option, optionWith, several, wholeNumber, word } from '#hob/cli/option.js'
import { parseCommandLine } from '#hob/cli/parse.js'

const deliver = defineCommand({
  args: [
    { syntax: '<command>', summary: 'What to run.', completes: 'executable' },
    { syntax: '[args...]', summary: 'Its own.' },
  ],
  options: {
    concurrency: optionWith('-j, --jobs <n>', 'How many at once.', { ...wholeNumber({ min: 1, max: 99 }), initial: 1 }),
    isTagged: flag('--tag', 'Say which.'),
    timeoutMs: option('--timeout <time>', 'No longer than this.', durationMs),
    how: option('--how <how>', 'How.', oneOf(['soon', 'now'])),
  },
  examples: [{ line: 'hob deliver ./crunch.sh', says: 'Crunch.' }],
  passThrough: true,
  run: async () => 0,
})

const TABLE: CommandTable = {
  deliver: { summary: 'Run a command for each order.', load: async () => deliver },
  status: {
    summary: 'Show.',
    load: async () => defineCommand({ args: [], options: {}, examples: [], run: async () => 0 }),
  },
  plan: {
    summary: 'Plans.',
    commands: {
      add: {
        summary: 'Add one.',
        load: async () =>
          defineCommand({
            args: [{ syntax: '<name>', summary: 'Which.' }],
            options: { soon: flag('--soon', 'Soon.') },
            examples: [],
            run: async () => 0,
          }),
      },
      ls: { summary: 'Is never loaded.', load: () => Promise.reject(new Error('loaded')) },
    },
    examples: [{ line: 'hob plan add x', says: 'One.' }],
  },
  broken: { summary: 'Is never loaded.', load: () => Promise.reject(new Error('loaded')) },
}

async function parsed(...argv: string[]) {
  const result = await parseCommandLine(argv, TABLE)
  assert.equal(result.kind, 'run')
  return result.kind === 'run' ? result : assert.fail()
}

async function helpOf(argv: readonly string[], table = TABLE): Promise<string> {
  const result = await parseCommandLine(argv, table)
  return result.kind === 'help' ? result.text : assert.fail(result.kind)
}

const refused = (argv: readonly string[], message: RegExp) =>
  assert.rejects(parseCommandLine(argv, TABLE), (error) => {
    assert.ok(error instanceof CliError)
    assert.equal(error.code, 'usage')
    assert.match(error.message, message)
    assert.doesNotMatch(error.message, /\n/)
    return true
  })

test('what follows CMD belongs to CMD', async () => {
  const { args, options, globals } = await parsed('deliver', '-j', '4', './x', '-j', '9', '--tag', '--json', '--', '-y')
  assert.deepEqual(args, ['./x', '-j', '9', '--tag', '--json', '--', '-y'])
  assert.deepEqual(options, { concurrency: 4, isTagged: false, timeoutMs: undefined, how: undefined })
  assert.equal(globals.json, false)
})

test('-- ends the options before CMD', async () => {
  assert.deepEqual((await parsed('deliver', '--tag', '--', '-x', '--tag')).args, ['-x', '--tag'])
})

test('CMD keeps its --help and --version', async () => {
  assert.deepEqual((await parsed('deliver', 'x', '--help', '-V')).args, ['x', '--help', '-V'])
})

test('options have the values that their kinds make', async () => {
  const { options } = await parsed('deliver', '--timeout=1m30s', '--how', 'NOW', '-j2', '--tag', 'x')
  assert.deepEqual(options, { concurrency: 2, isTagged: true, timeoutMs: 90_000, how: 'now' })
})

test('global options stand before or after the command', async () => {
  assert.equal((await parsed('-k', 'sqlite:a', 'status', '--json')).globals.kitchen, 'sqlite:a')
  assert.equal((await parsed('-k', 'sqlite:a', 'status', '-k', 'sqlite:b')).globals.kitchen, 'sqlite:b')
  assert.equal((await parsed('--json', 'status')).globals.json, true)
})

test('tells what is close', async () => {
  await refused(['stauts'], /unknown command 'stauts' \(Did you mean status\?\)/)
  await refused(['help', 'stauts'], /Did you mean status/)
  await refused(['deliver', '--tagg', 'x'], /unknown option '--tagg' \(Did you mean --tag\?\)/)
  await refused(['status', '--jsno'], /Did you mean --json/)
})

test('tells what a word of other programs is called here, and nothing that is only spelt alike', async () => {
  await refused(['plan', 'list'], /unknown command 'list' \(Did you mean ls\?\)/)
  await refused(['plan', 'create'], /unknown command 'create' \(Did you mean add\?\)/)
  const resume: CommandTable = {
    plan: { summary: '', examples: [], commands: { resume: TABLE.broken ?? assert.fail() } },
  }
  await assert.rejects(parseCommandLine(['plan', 'remove'], resume), { message: "unknown command 'remove'" })
  await assert.rejects(parseCommandLine(['plan', 'resum'], resume), /Did you mean resume/)
})

test('refuses what makes no sense, and names it', async () => {
  await refused(['constructor'], /unknown command 'constructor'/)
  await refused(['--json'], /no command/)
  await refused(['status', 'more'], /too many arguments/)
  await refused(['deliver'], /missing required argument 'command'/)
  await refused(['deliver', '-j', '0', 'x'], /^--jobs: '0' is not a whole number from 1 to 99$/)
  await refused(['deliver', '--timeout', 'soon', 'x'], /^--timeout: 'soon' is not a duration$/)
  await refused(['deliver', '--how', 'later', 'x'], /^--how: 'later' is none of soon, now$/)
  await refused(['deliver', '--timeout'], /argument missing/)
})

test('commands of a group take options before and after the name of each', async () => {
  const { args, options, globals } = await parsed(
    '--json',
    'plan',
    '-k',
    'sqlite:a',
    'add',
    'x',
    '--soon',
    '-k',
    'sqlite:b',
  )
  assert.deepEqual({ args, options }, { args: ['x'], options: { soon: true } })
  assert.deepEqual([globals.json, globals.kitchen], [true, 'sqlite:b'])
})

test('what is wrong within a group is told with where to look', async () => {
  const told = async (argv: readonly string[], message: RegExp, hint: string) => {
    await refused(argv, message)
    await assert.rejects(parseCommandLine(argv, TABLE), { hint })
  }
  await told(['plan'], /no command was given/, 'Commands: add, ls. See: hob plan --help')
  await told(['plan', 'frobnicate'], /unknown command 'frobnicate'$/, 'Commands: add, ls. See: hob plan --help')
  await told(['plan', 'ad'], /unknown command 'ad' \(Did you mean add\?\)/, 'See: hob plan --help')
  await told(['help', 'plan', 'ad'], /Did you mean add/, 'See: hob plan --help')
  await told(['plan', 'add'], /missing required argument 'name'/, 'Which. See: hob plan add --help')
  await told(['plan', 'add', 'x', '--soonn'], /Did you mean --soon/, 'See: hob plan add --help')
})

test('-i RULE at the root is rule run RULE, wherever it stands among the options', async () => {
  const table: CommandTable = {
    ...TABLE,
    rule: {
      summary: 'Rules.',
      commands: {
        run: {
          summary: 'Run.',
          load: async () =>
            defineCommand({
              args: [
                { syntax: '<rule>', summary: 'Which.' },
                { syntax: '[file...]', summary: 'Files.' },
              ],
              options: {
                tags: several('-t, --tags <tag>', 'Tags.', word),
                query: flag('-q, --just-query', 'Only tell.'),
              },
              examples: [],
              run: async () => 0,
            }),
        },
      },
      examples: [],
    },
  }
  const made = async (...argv: string[]) => {
    const result = await parseCommandLine(argv, table)
    return result.kind === 'run' ? { args: result.args, ...result.options } : assert.fail(result.kind)
  }
  const plain = { args: ['m.r'], tags: [], query: false }
  for (const argv of [['-i', 'm.r'], ['-im.r'], ['--immediate', 'm.r'], ['--immediate=m.r'], ['rule', 'run', 'm.r']]) {
    assert.deepEqual(await made(...argv), plain)
  }
  const all = { args: ['m.r', 'a.json', 'b.json'], tags: ['x', 'y'], query: true }
  assert.deepEqual(await made('-t', 'x', '-i', 'm.r', 'a.json', '-q', '-t', 'y', 'b.json'), all)
  await assert.rejects(parseCommandLine(['-i'], table), /missing required argument 'rule'/)
  assert.deepEqual((await parsed('deliver', 'grep', '-i', 'x')).args, ['grep', '-i', 'x'])
})

test('help of a group names its commands, and each has its own', async () => {
  const group = await helpOf(['plan', '--help'])
  assert.match(group, /add +Add one\.\n +ls +Is never loaded\.[\s\S]*hob plan add x/)
  assert.equal(await helpOf(['help', 'plan']), group)
  const one = await helpOf(['help', 'plan', 'add'])
  assert.match(one, /Usage: hob plan add \[options\] <name>/)
  assert.equal(await helpOf(['plan', 'add', '--help']), one)
})

test('help comes in every way that one asks for it', async () => {
  const root = await helpOf([])
  assert.match(root, /deliver +Run a command for each order\./)
  for (const argv of [['help'], ['-h'], ['--help']]) assert.equal(await helpOf(argv), root)
  const one = await helpOf(['help', 'deliver'])
  assert.match(one, /-j, --jobs <n> +How many at once. \(default 1\)/)
  assert.match(one, /--how <how> +How\. \(soon, now\)/)
  assert.match(one, /hob deliver \.\/crunch\.sh/)
  assert.equal(await helpOf(['deliver', '--help']), one)
})

test('--version comes from every command', async () => {
  for (const argv of [['-V'], ['--json', '--version'], ['status', '--version']]) {
    assert.equal((await parseCommandLine(argv, TABLE)).kind, 'version')
  }
})

test('every command of hob has help with an example', async () => {
  for (const name of Object.keys(COMMANDS)) {
    // `hob help --help` is the help of hob itself.
    if (name === 'help') continue
    const entry = COMMANDS[name]
    const inner = entry !== undefined && isGroup(entry) ? Object.keys(entry.commands) : []
    for (const path of [[name], ...inner.map((each) => [name, each])]) {
      assert.match(await helpOf([...path, '--help'], COMMANDS), /Examples:\n {2}\S/, path.join(' '))
    }
  }
})
