// Delivers as `hob deliver` does, in a process that has first grown: half by buffers, half by objects of the old space.
import { runCommandLine } from '#hob/cli/run.js'
import { processTerminal } from '#hob/cli/terminal.js'
import { report, task } from './task.mjs'

const MB = 2 ** 20
/** What an object of ten numbers takes of V8's heap, with its place in the array. */
const OBJECT_BYTES = 128

const half = (task.ballastMb / 2) * MB
const buffers = Array.from({ length: half / MB }, () => Buffer.alloc(MB, 1))
const objects = Array.from({ length: half / OBJECT_BYTES }, (_, a) => ({
  a,
  b: 1,
  c: 2,
  d: 3,
  e: 4,
  f: 5,
  g: 6,
  h: 7,
  i: 8,
  j: 9,
}))

const startedMs = performance.now()
const status = await runCommandLine(
  ['deliver', '-k', `sqlite:${task.folder}/hob.db`, '-j', '2', '/bin/true'],
  processTerminal(),
)
const ms = performance.now() - startedMs
if (status !== 0) throw new Error(`deliver ended with ${status}`)
// Asked for afterwards, so that nothing of the ballast may go before.
report({
  rate: (task.count / ms) * 1_000,
  residentMb: process.memoryUsage().rss / MB,
  held: buffers.length + objects.length,
})
