import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { namedPayload, type Order, parseOrder, positionalPayload } from '#hob/orders/payload.js'
import { quotedContext } from '#hob/orders/shell-context.js'
import { compileTemplate } from '#hob/orders/template.js'

const positional = (...values: readonly string[]): Order => parseOrder(positionalPayload(values))
const named = (columns: Readonly<Record<string, string>>): Order =>
  parseOrder(namedPayload(Object.keys(columns), Object.values(columns)))

const fill = (command: readonly string[], order: Order): readonly string[] =>
  compileTemplate(command, { shell: false })(order)
const fillShell = (script: string, order: Order): string =>
  compileTemplate(script.split(' '), { shell: true })(order).join('|')

describe('a command', () => {
  test('has arguments appended when none is put in', () => {
    assert.deepEqual(fill(['echo', '-n'], positional('a b', '', '-x')), ['echo', '-n', 'a b', '', '-x'])
    assert.deepEqual(fill(['echo'], positional()), ['echo'])
    assert.deepEqual(fill(['echo', ''], named({ x: '1' })), ['echo', '', '1'])
  })

  test('has nothing appended when the arguments come another way', () => {
    const options = { shell: false, appends: false }
    assert.deepEqual(compileTemplate(['wc', '-c'], options)(positional('a', 'b')), ['wc', '-c'])
    assert.deepEqual(compileTemplate(['jq', '{2}'], options)(positional('a', 'b')), ['jq', 'b'])
    assert.deepEqual(compileTemplate(['wc -c'], { shell: true, appends: false })(positional('a')), ['wc -c'])
  })

  test('takes all of them in place of {}', () => {
    assert.deepEqual(fill(['mv', '{}', 'to'], positional('a b', 'c')), ['mv', 'a b', 'c', 'to'])
    assert.deepEqual(fill(['echo', '<{}>'], positional('a b', 'c')), ['echo', '<a b c>'])
    assert.deepEqual(fill(['mv', '{}', 'to'], positional()), ['mv', 'to'])
    assert.deepEqual(fill(['{}'], positional('ls', '-l')), ['ls', '-l'])
  })

  test('takes single ones by number and name', () => {
    assert.deepEqual(fill(['cp', '{2}', 'x/{1}.{2}'], positional('a', 'b')), ['cp', 'b', 'x/a.b'])
    assert.deepEqual(fill(['cp', '{from}', '{first name}{2}'], named({ from: 'a', 'first name': 'b' })), [
      'cp',
      'a',
      'bb',
    ])
    assert.deepEqual(fill(['{2}'], parseOrder(namedPayload(['2', 'x'], ['two', 'second']))), ['two'])
  })

  test('never looks again at what was put in', () => {
    assert.deepEqual(fill(['{1}{2}'], positional('{2}', '{1}')), ['{2}{1}'])
    assert.deepEqual(fill(['{1}', '$&'], positional("$'", 'unused')), ["$'", '$&'])
  })

  test('leaves other braces alone', () => {
    const awk = ['awk', '{print $1}', '{a,b}', '{"k":[1]}', `\${HOME}`, '{1,3}', '{{.Name}}', '{-1}', '{', '}', '{\n}']
    assert.deepEqual(fill(awk, positional('x')), [...awk, 'x'])
    assert.deepEqual(fill(awk, named({ c: 'x' })), [...awk, 'x'])
    assert.deepEqual(fill(['{print}', '{{word}}'], positional('x')), ['{print}', '{{word}}', 'x'])
    assert.deepEqual(fill(['{"k":"{1}"}'], positional('x')), ['{"k":"x"}'])
  })

  test('keeps a placeholder in doubled braces as text', () => {
    assert.deepEqual(fill(['find', '{1}', '-exec', 'rm', '{{}}', ';'], positional('d')), [
      'find',
      'd',
      '-exec',
      'rm',
      '{}',
      ';',
    ])
    assert.deepEqual(fill(['grep', '-E', 'a{{2}}'], positional('f')), ['grep', '-E', 'a{2}', 'f'])
    assert.deepEqual(fill(['{{c}}', '{{no}}'], named({ c: 'x' })), ['{c}', '{no}', 'x'])
  })

  test('is refused for an order that does not fit', () => {
    assert.throws(() => fill(['{3}'], positional('a', 'b')), {
      code: 'argument-missing',
      message: 'no argument {3}: the order has 2',
    })
    assert.throws(() => fill(['{0}'], positional('a')), { code: 'argument-missing' })
    assert.throws(() => fill(['{nmae}'], named({ name: 'a', age: '1' })), {
      code: 'column-missing',
      message: 'no column {nmae}: the order has name, age',
    })
    assert.throws(() => fill(['echo'], positional('a\0b')), { code: 'nul' })
  })
})

describe('a shell command', () => {
  test('is one string, and all that is put in is quoted', () => {
    assert.equal(fillShell('gzip -c {1} > {2}.gz', positional('a b', "it's")), "gzip -c 'a b' > 'it'\\''s'.gz")
    assert.equal(fillShell('echo {} | wc', positional('a', '$(b)')), "echo 'a' '$(b)' | wc")
    assert.equal(fillShell('echo', positional('a', '')), "echo 'a' ''")
    assert.equal(fillShell(`echo \${1} \${HOME}`, positional('a')), `echo \${1} \${HOME} 'a'`)
    assert.equal(fillShell('date # now', positional()), 'date # now')
  })

  test('is refused where quotes would not protect what is put in', () => {
    for (const script of [
      'echo "{1}"',
      "echo '{}'",
      'echo `ls {}`',
      'echo \\{1}',
      'x # {1}',
      'cat <<E\n{1}\nE',
      `echo "$(ls "{1}")"`,
    ]) {
      assert.throws(() => compileTemplate([script], { shell: true }), { name: 'ArgumentError' }, script)
    }
    assert.throws(() => fillShell('echo "{c}"', named({ c: 'x' })), { code: 'quoted-place' })
    assert.throws(() => fillShell('date # now', positional('x')), {
      code: 'quoted-place',
      message: 'arguments put in at the end would stand in a comment, where they are not safe',
    })
    assert.equal(fillShell('x={1}; echo "for $x, `ls "$x"`"', positional('a b')), `x='a b'; echo "for $x, \`ls "$x"\`"`)
  })

  test('runs nothing of what is put in, wherever the check allows a place', { timeout: 60_000 }, () => {
    // What stands before and after is random; the argument would tell if any of it ran.
    const pieces = [
      '"',
      "'",
      '\\',
      '#',
      ' ',
      '\n',
      '`',
      '$',
      '(',
      ')',
      'a',
      '$(',
      '"$(',
      '<',
      ';',
      '$',
      '{x:-',
      '}',
      '=',
    ]
    const before = fc.array(fc.constantFrom('echo ', ...pieces), { maxLength: 8 }).map((list) => list.join(''))
    const after = fc.constantFrom('', '"', "'", ')', ')"', '}', '}"', '`', '\\', '";"', "';'")
    const spy = '$(echo RAN >&2)`echo RAN >&2`\';echo RAN >&2;\'";echo RAN >&2;"\necho RAN >&2\n'
    fc.assert(
      fc.property(
        before.filter((start) => quotedContext(start) === null && !start.endsWith('$')),
        after,
        (start, end) => {
          const [script = ''] = compileTemplate([`${start}{1}${end}`], { shell: true })(positional(spy))
          const run = (...options: readonly string[]) =>
            spawnSync('/bin/sh', [...options, '-c', script], { encoding: 'utf8', env: {}, cwd: tmpdir(), input: '' })
          // A script that is no script, a bracket left open, is not run: bash goes on after the fault at the next line.
          fc.pre(run('-n').status === 0)
          const { stderr } = run()
          assert.doesNotMatch(stderr, /^RAN$/m, script)
        },
      ),
      { numRuns: 100 },
    )
  })
})
