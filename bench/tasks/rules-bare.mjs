// What the rule of names takes at the least in JavaScript: a loop of JSON.parse, and a Map; each thread on its part of the file.
import { once } from 'node:events'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const CHUNK_BYTES = 1 << 20
const LINE_END = 10

if (isMainThread) await main(JSON.parse(process.argv[2]))
else parentPort.postMessage(countIn(workerData))

async function main({ file, threads }) {
  const size = statSync(file).size
  const cuts = Array.from({ length: threads + 1 }, (_, part) => Math.floor((size / threads) * part))
  const parts = cuts.slice(1).map((to, part) => ({ file, from: cuts[part], to }))
  const maps = threads === 1 ? parts.map(countIn) : await Promise.all(parts.map(countInThread))
  const total = new Map()
  for (const [name, count] of maps.flatMap((map) => [...map])) total.set(name, (total.get(name) ?? 0) + count)
  const rows = [...total].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `${name},${count}\n`)
  process.stdout.write(`last,count\n${rows.join('')}`)
}

function countInThread(part) {
  const worker = new Worker(new URL(import.meta.url), { workerData: part })
  return once(worker, 'message').then(([counts]) => counts)
}

/** Lines that begin within the part. */
function countIn({ file, from, to }) {
  const counts = new Map()
  const handle = openSync(file, 'r')
  const chunk = Buffer.alloc(CHUNK_BYTES)
  // One byte before the part tells whether a line begins with it.
  let at = from === 0 ? 0 : afterLineEnd(handle, chunk, from - 1)
  while (at < to) {
    const size = readSync(handle, chunk, 0, CHUNK_BYTES, at)
    const end = lastEnd(chunk.subarray(0, size), to - at)
    for (const line of chunk.utf8Slice(0, end).split('\n')) {
      if (line === '') continue
      const { last } = JSON.parse(line)
      counts.set(last, (counts.get(last) ?? 0) + 1)
    }
    at += end
  }
  closeSync(handle)
  return counts
}

/** Behind the last whole line, or behind the one that begins last within `left` bytes. */
function lastEnd(bytes, left) {
  if (left <= bytes.length) return bytes.indexOf(LINE_END, left - 1) + 1 || bytes.length
  return bytes.lastIndexOf(LINE_END) + 1 || bytes.length
}

function afterLineEnd(handle, chunk, from) {
  const size = readSync(handle, chunk, 0, CHUNK_BYTES, from)
  return from + chunk.subarray(0, size).indexOf(LINE_END) + 1
}
