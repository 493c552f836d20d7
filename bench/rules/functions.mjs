import { sameAnswer } from './answer.mjs'
import { dataFile } from './data.mjs'
import { ruleRun } from './hob.mjs'

/** Of the late file, the lines at its start whose ids are few: more than a sample looks at. */
const EARLY_SHARE = 0.2

const FEW = 1_000

/** What the groups cost where they gain nothing: functions read a field that is another one in each record. */
export const functions = {
  name: 'functions',
  counts: { full: 2_000_000, quick: 2_000 },
  settings: (count) =>
    `${count} JSON lines, each with an id of its own, which a function reads to make one of a hundred keys; whole processes, two threads. Late: the first fifth has ${FEW} ids`,
  prepare: ({ count }) => ({
    whole: idsFile('functions', count, () => false),
    named: idsFile('functions', count, () => false),
    late: idsFile('functions-late', count, (number) => number < count * EARLY_SHARE),
  }),
  sides: Object.fromEntries(['whole', 'named', 'late'].flatMap((rule) => [side(rule, 'auto'), side(rule, 'rows')])),
  rows: [
    engineRow('functions', 'named', { atLeast: 0.9 }),
    engineRow('functions whole', 'whole', { atLeast: 0.9 }),
    engineRow('functions late', 'late'),
  ],
}

function engineRow(name, rule, target) {
  const [hob, peer] = [`${rule}, auto`, `${rule}, rows`]
  return {
    name,
    what: `lines a second: --engine auto; rows`,
    hob,
    peer,
    metric: 'rate',
    unit: 'lines/s',
    figure: 'ratio',
    target,
  }
}

function side(rule, engine) {
  const name = `${rule}, ${engine}`
  const run = async ({ folder, count, prepared }) => {
    const data = prepared[rule]
    const { ms, cpuUs, peakMb, file } = await ruleRun(`functions.${rule}`, { folder, prepared: data }, { engine })
    sameAnswer({ side: name, data: `${data} ${rule}`, file })
    return { rate: (count / ms) * 1_000, cpuUs: cpuUs / count, peakMb }
  }
  return [name, run]
}

function idsFile(name, count, isEarly) {
  const idOf = (number) => (isEarly(number) ? number % FEW : (number * 7_919_777) % count)
  const lineOf = (_, number) => `{"id":"user-${idOf(number)}","amount":${number % 100}}`
  return dataFile({ name: `${name}.jsonl`, count, lineOf })
}
