import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * One thing to measure.
 *
 * @typedef {object} Benchmark
 * @property {string} name
 * @property {{ full: number, quick: number, long?: number }} counts How much work one run does.
 * @property {number} [repeat] Runs of each side in a round; 1 unless given. For what takes a moment only.
 * @property {(count: number) => string} settings What both sides do, in a sentence.
 * @property {(task: { folder: string, count: number }) => unknown} [prepare] Once, before all runs; not measured.
 * @property {number} [rounds] Most rounds, for what takes minutes.
 * @property {Record<string, Side>} sides
 * @property {() => string | Promise<string>} [versions] Of peers and servers; asked for after the runs, which may install them.
 * @property {Row[]} rows
 *
 * A side does the work once, in a folder of its own, and answers what it measured.
 * @typedef {(task: { folder: string, count: number, prepared: unknown }) => Record<string, number>} Side
 *
 * A row compares the medians of one metric of two sides (`ratio`, `difference`), or tells that of one (`value`).
 * @typedef {object} Row
 * @property {string} name As `--only` names it.
 * @property {string} what
 * @property {string} hob The side that is Hob.
 * @property {string} [peer]
 * @property {string} metric
 * @property {string} unit
 * @property {'ratio' | 'difference' | 'value'} figure
 * @property {{ atLeast: number } | { atMost: number }} [target] None: told for comparison.
 */

/** A side cannot run here; the message says how to get it. */
export class NotHere extends Error {}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Runs the sides that the rows ask for in turns (A B A B …), so that a machine that slows down slows both. */
export async function measure(benchmark, { scratch, rounds, size, scale = 1, say }) {
  const count = Math.max(1, Math.round((benchmark.counts[size] ?? benchmark.counts.full) * scale))
  const names = new Set(benchmark.rows.flatMap(({ hob, peer }) => (peer === undefined ? [hob] : [hob, peer])))
  const runs = Object.fromEntries([...names].map((name) => [name, []]))
  const missing = new Map()
  say(`\n${benchmark.name}: ${benchmark.settings(count)}`)
  const shared = join(scratch.folder, 'shared')
  mkdirSync(shared)
  const prepared = await benchmark.prepare?.({ folder: shared, count })
  const runsEach = Math.min(rounds, benchmark.rounds ?? rounds) * (benchmark.repeat ?? 1)
  for (let round = 0; round < runsEach; round++) {
    for (const name of names) {
      if (missing.has(name)) continue
      try {
        runs[name].push(await runOnce(benchmark.sides[name], { scratch, count, prepared }))
      } catch (error) {
        if (!(error instanceof NotHere)) throw error
        missing.set(name, error.message)
      }
    }
  }
  rmSync(shared, { recursive: true })
  if (benchmark.versions !== undefined) say(`  with ${await benchmark.versions()}`)
  return { name: benchmark.name, count, runs, rows: benchmark.rows.map((row) => resultOf(row, runs, missing)) }
}

async function runOnce(side, { scratch, count, prepared }) {
  const folder = join(scratch.folder, 'run')
  mkdirSync(folder)
  try {
    return await side({ folder, count, prepared })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function resultOf(row, runs, missing) {
  const absent = missing.get(row.hob) ?? missing.get(row.peer)
  if (absent !== undefined) return { ...row, absent }
  const of = (side) => runs[side].map((run) => run[row.metric])
  const hobRuns = of(row.hob)
  const peerRuns = row.peer === undefined ? null : of(row.peer)
  const hobMedian = median(hobRuns)
  const peerMedian = peerRuns === null ? null : median(peerRuns)
  const value = figureOf(row, hobMedian, peerMedian)
  // How far single rounds differ: what a reader may make of the last digit.
  const byRound = hobRuns.map((hob, round) => figureOf(row, hob, peerRuns?.[round]))
  const spread = [Math.min(...byRound), Math.max(...byRound)]
  const timeOf = (side) => ({
    cpuUs: median(runs[side].map((run) => run.cpuUs ?? 0)),
    serverUs: median(runs[side].map((run) => run.serverUs ?? 0)),
  })
  const times = [row.hob, row.peer].filter((side) => side !== undefined).map(timeOf)
  const verdict = row.target === undefined ? null : isMet(row.target, value)
  return { ...row, hobMedian, peerMedian, value, spread, times, isMet: verdict }
}

function figureOf({ figure }, hob, peer) {
  if (figure === 'ratio') return hob / peer
  return figure === 'difference' ? hob - peer : hob
}

const isMet = ({ atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }, value) =>
  value >= atLeast && value <= atMost
