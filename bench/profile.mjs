// `node bench/profile.mjs FILE.cpuprofile …`: where the processor's time of a process went, by package and by function.
// `npm run bench -- SUITE --profile FOLDER` writes such files, one for each run.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../scripts/install.mjs'

const FUNCTIONS_MAX = 25
const IDLE = new Set(['(idle)'])

for (const file of process.argv.slice(2)) print(file, JSON.parse(readFileSync(file, 'utf8')))

function print(file, { nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const packages = new Map()
  const functions = new Map()
  let totalUs = 0
  for (const [index, id] of samples.entries()) {
    const frame = byId.get(id)
    if (IDLE.has(frame.functionName)) continue
    const us = timeDeltas[index]
    totalUs += us
    add(packages, packageOf(frame), us)
    add(functions, `${frame.functionName || '(anonymous)'} ${placeOf(frame)}`, us)
  }
  console.log(`${file}: ${Math.round(totalUs / 1_000)} ms`)
  const share = (us) => `${((us / totalUs) * 100).toFixed(1).padStart(5)} %`
  for (const [name, us] of ranked(packages)) console.log(`  ${share(us)}  ${name}`)
  console.log('  by function, itself only:')
  for (const [name, us] of ranked(functions).slice(0, FUNCTIONS_MAX)) console.log(`  ${share(us)}  ${name}`)
}

function add(sums, key, us) {
  sums.set(key, (sums.get(key) ?? 0) + us)
}

function ranked(sums) {
  return [...sums].sort((a, b) => b[1] - a[1])
}

function packageOf({ url, functionName }) {
  if (url === '') return functionName.startsWith('(') ? functionName : 'V8 and Node, native'
  if (url.startsWith('node:')) return 'node'
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? []
  return name ?? fileOf(url).split('/').slice(0, -1).join('/')
}

function placeOf({ url, lineNumber }) {
  return url === '' ? '' : `${fileOf(url)}:${lineNumber + 1}`
}

function fileOf(url) {
  return url.startsWith('file:') ? relative(root, fileURLToPath(url)) : url
}
