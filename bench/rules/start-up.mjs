import { dataFile } from './data.mjs'
import { ruleRun } from './hob.mjs'
import { runWatched } from './watched.mjs'

const LINES = 10

/** What a rule takes before and after its work, of which there is none. */
export const startUp = {
  name: 'start-up',
  counts: { full: LINES },
  repeat: 5,
  settings: () => `hob rule run over ${LINES} JSON lines, as names has them; whole processes`,
  prepare: () =>
    dataFile({ name: 'ten.jsonl', count: LINES, lineOf: (_, number) => `{"first":"Ada","last":"Berg-${number}"}` }),
  sides: {
    hob: (task) => ruleRun('names.last_names', task, {}),
    'node -e 0': (task) => runWatched(process.execPath, ['-e', '0'], task),
  },
  rows: [
    row({ name: 'start-up', what: 'of hob rule run over ten lines', figure: 'value', target: { atMost: 500 } }),
    row({ name: 'start-up node', what: 'the same; node -e 0', peer: 'node -e 0', figure: 'difference' }),
  ],
}

function row(own) {
  return { hob: 'hob', metric: 'ms', unit: 'ms', ...own }
}
