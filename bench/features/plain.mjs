import { side, versionsOf } from '../queue/sides.mjs'

/** What a feature that is on may cost the plain path, which has none. */
const FEATURES = {
  schema: { settings: { hasSchema: true }, what: 'a zod schema of three fields', atLeast: 0.8 },
  results: { settings: { keepsResults: true }, what: 'a small result of each job, kept', atLeast: 0.8 },
  metrics: { settings: { hasMetrics: true }, what: 'metrics', atLeast: 0.95 },
}

const ENGINES = { sqlite: 100_000, redis: 200_000, postgres: 120_000 }

const TASKS = {
  work: { task: 'work', isFilled: true, says: 'work' },
  send: { task: 'send-in-flight', inFlight: 500, says: 'send, 500 in flight' },
}

/** Which features there are where. Results cost nobody who sends. */
const ROWS = { work: ['schema', 'results', 'metrics'], send: ['schema', 'metrics'] }

/** Hob with a feature beside Hob without. */
export const plain = Object.entries(ENGINES).flatMap(([engine, count]) =>
  Object.entries(TASKS).map(([name, { says, ...task }]) => ({
    name: `${engine} ${name}`,
    counts: { full: count, quick: 300 },
    settings: (jobs) => `${says}, one process; ${jobs} jobs of a hundred bytes; with a feature and without`,
    sides: {
      plain: side({ engine, library: 'hob', ...task }),
      ...Object.fromEntries(
        ROWS[name].map((feature) => [
          feature,
          side({ engine, library: 'hob', settings: FEATURES[feature].settings, ...task }),
        ]),
      ),
    },
    versions: () => versionsOf(engine, []),
    rows: ROWS[name].map((feature) => ({
      name: `${engine} ${name} ${feature}`,
      what: `${says}, with ${FEATURES[feature].what}`,
      ...{ hob: feature, peer: 'plain', metric: 'rate', unit: 'jobs/s', figure: 'ratio' },
      target: { atLeast: FEATURES[feature].atLeast },
    })),
  })),
)
