import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { ruleRun } from './hob.mjs'
import { TOTALS, USER_COUNT, userBlobs } from './user-blobs.mjs'

const LINES = 240_811_902
const BLOBS = 1_209

const KEYSETS = 5

/** As large as the work for which such a system was shown to the world first, or a tenth of it. */
export const headline = {
  name: 'headline',
  counts: { full: Math.floor(LINES / 10), long: LINES, quick: 2_000 },
  rounds: 3,
  settings: (count) =>
    `${count} JSON lines in ${blobCountOf(count)} blobs of a file store, 40 for each day; ${USER_COUNT} users, of whom each blob has 5000, some far more often, each with 3 of 20 kinds of tasks; ${KEYSETS} keysets, one by user and day; counts and two sums of whole numbers; CSV of all; whole process, two threads. --long: all of ${LINES} lines, which need 25 GB in the temporary folder`,
  prepare: ({ count }) => userBlobs({ count, blobs: blobCountOf(count) }),
  sides: { hob },
  rows: [
    row({ name: 'headline', what: 'lines a second', metric: 'rate', unit: 'lines/s', target: { atLeast: 4_000_000 } }),
    row({ name: 'headline memory', what: 'peak memory', metric: 'peakMb', unit: 'MB', target: { atMost: 2_000 } }),
  ],
}

const blobCountOf = (count) => Math.max(2, Math.round((count * BLOBS) / LINES))

function row(own) {
  return { hob: 'hob', figure: 'value', ...own }
}

async function hob({ folder, count, prepared: { kitchen, store, totals } }) {
  const input = ['-k', kitchen, '--store', store]
  const { ms, cpuUs, peakMb, file } = await ruleRun('user_stats.user_stats', { folder }, { input })
  await checkSums(file, totals)
  return { rate: (count / ms) * 1_000, cpuUs: cpuUs / count, peakMb }
}

/** Each keyset has all that was made, whatever it is grouped by. */
async function checkSums(file, totals) {
  const sums = []
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (line.startsWith('#')) sums.push({ keyset: line, count: 0, seconds: 0, credits: 0 })
    const sum = sums.at(-1)
    const [count, seconds, credits] = line.split(',').slice(-TOTALS.length).map(Number)
    if (Number.isNaN(credits ?? Number.NaN)) continue
    sum.count += count
    sum.seconds += seconds
    sum.credits += credits
  }
  const wrong = sums.filter((sum) => TOTALS.some((total) => sum[total] !== totals[total]))
  if (sums.length === KEYSETS && wrong.length === 0) return
  throw new Error(`${JSON.stringify(sums)} is not ${JSON.stringify(totals)} in each of ${KEYSETS} keysets`)
}
