// The tour of `npm start`: every entry of /dev becomes an order, two waiters deliver them, and one of them is killed;
// and a rule counts names.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './install.mjs'

const QUEUE = 'tour'
const LEASE_S = 2
/** Named, so that a HOB_KITCHEN of the environment is left alone: the tour cleans its queue. */
const KITCHEN = ['-k', 'sqlite:.hob/hob.db']
const WAIT_MS_MAX = 30_000
const hobFile = join(root, 'dist/bin/hob.cjs')
const folder = join(root, '.hob/tour')
const script = join(folder, 'crunch.sh')
const list = join(folder, 'orders.csv')

const say = (text) => console.log(`\n${text}`)

/** Runs a command line of hob and shows both; answers what it printed. */
function hob(args, { show = true, lines = Number.POSITIVE_INFINITY } = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [hobFile, ...KITCHEN, ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`hob ${args.join(' ')}: exit status ${status}\n${stderr}`)
  if (show) {
    const printed = `${stdout}${stderr}`.trimEnd().split('\n')
    console.log(`$ hob ${args.join(' ')}`)
    console.log(printed.slice(0, lines).join('\n'))
    if (printed.length > lines) console.log(`… ${printed.length - lines} more lines`)
  }
  return stdout
}

const counts = () => {
  const { queues } = JSON.parse(hob(['status', '--queue', QUEUE, '--json'], { show: false }))
  return queues[0].counts
}

/** Starts a waiter; resolves when it has ended. */
function startWaiter(name) {
  const args = [...KITCHEN, 'deliver', '--queue', QUEUE, '-j', '4', '--lease', `${LEASE_S}s`, '--name', name, script]
  const child = spawn(process.execPath, [hobFile, ...args, '--some-param', 'some-value'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let account = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    account += text
  })
  const ended = new Promise((resolve) => child.once('exit', (status, signal) => resolve({ status, signal })))
  return { child, ended, account: () => account.trim() }
}

/** @throws Error when it is not so within `WAIT_MS_MAX`. */
async function until(what, check) {
  const sinceMs = performance.now()
  while (!check()) {
    if (performance.now() - sinceMs > WAIT_MS_MAX)
      throw new Error(`waited ${WAIT_MS_MAX / 1_000}s in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export async function tour() {
  mkdirSync(folder, { recursive: true })
  writeFileSync(script, '#!/bin/sh\necho "Crunching on: $*"\nsleep 0.1\necho "done!"\n', { mode: 0o755 })
  const entries = readdirSync('/dev')
  writeFileSync(list, entries.map((entry) => `${entry}\n`).join(''))

  say(`1. Every entry of /dev becomes an order (${entries.length} of them):`)
  hob(['clean', '--queue', QUEUE, '--yes'], { show: false })
  hob(['load', '--queue', QUEUE, '.hob/tour/orders.csv'])
  hob(['status', '--queue', QUEUE])

  say('2. Two waiters deliver them with a shell script, four at a time each. In the middle, one is killed (kill -9):')
  const [ada, bob] = [startWaiter('ada'), startWaiter('bob')]
  try {
    await until('a quarter is done', () => counts().done >= entries.length / 4)
  } catch (error) {
    for (const { child } of [ada, bob]) child.kill('SIGKILL')
    throw new Error(`${error.message}\n${ada.account()}\n${bob.account()}`)
  }
  bob.child.kill('SIGKILL')
  await bob.ended
  hob(['status', '--queue', QUEUE])

  say(`3. Bob's orders come back by themselves when his leases end (${LEASE_S}s), and Ada delivers them:`)
  const { status } = await ada.ended
  console.log(ada.account())
  hob(['status', '--queue', QUEUE])

  say('4. The extract tells who did what, and when:')
  const orders = JSON.parse(hob(['extract', '--queue', QUEUE, '--format', 'json'], { show: false }))
  hob(['extract', '--queue', QUEUE], { lines: 5 })

  const twice = orders.filter(({ attempts }) => attempts > 1)
  if (twice[0] !== undefined) {
    say('5. One of the orders that Bob left behind, and its life:')
    hob(['why', twice[0]._id])
  }

  say('A rule: how many people have each last name. It is TypeScript, reads JSON lines, and takes any number of files:')
  const rules = '.hob/tour/rules'
  rmSync(join(root, rules), { recursive: true, force: true })
  hob(['rule', 'new', rules])
  const counted = hob(['rule', 'run', `${rules}/names.last_names_json`, `${rules}/names.jsonl`])

  const done = orders.filter((order) => order.status === 'DONE')
  const by = (name) => done.filter(({ waiter }) => waiter === name).length
  say('What happened:')
  console.log(
    `  ${orders.length} orders, ${done.length} done: ${by('ada')} by Ada, ${by('bob')} by Bob before he was killed.`,
  )
  console.log(`  ${twice.length} were running when he died; each came back and was done once more. None was lost.`)
  console.log(`
Try next:
  npx hob status --watch                 look again, and again
  npx hob extract --queue tour | head    every order, as CSV
  ls | npx hob load -                    orders of your own: one a line
  npx hob deliver -j 2 wc -c             a command of your own: wc -c FILE for each
  npx hob rule new rules                 rules of your own, to begin with
  npx hob --help                         all commands`)
  return done.length === entries.length && status === 0 && counted.includes('Simpson,5') ? 0 : 1
}
