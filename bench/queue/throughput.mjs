import { side, versionsOf } from './sides.mjs'

/** What is done, in which task, and how much of it. */
const WORKLOADS = {
  'send one': { task: 'send-one', what: 'send, each awaited' },
  'send 500': { task: 'send-in-flight', what: 'send, 500 in flight', inFlight: 500 },
  'send 1000': { task: 'send-batches', what: 'send, 1,000 at a time', batch: 1_000 },
  work: { task: 'work', isFilled: true, what: 'work, one process, best tuning' },
  'work 1': { task: 'work', isFilled: true, what: 'work, concurrency 1' },
}

/** The least ratio to a peer, and the part of Hob's jobs that tell the peer's rate within seconds. */
const redis = {
  'send one': {
    count: 80_000,
    peers: { bullmq: [1.5, 0.5], 'bee-queue': [0.9, 1], 'bare-redis': [undefined, 1] },
  },
  'send 500': { count: 400_000, peers: { bullmq: [4, 0.25], 'bee-queue': [1.5, 0.6] } },
  'send 1000': {
    count: 600_000,
    peers: { bullmq: [8, 0.12], 'bee-queue': [2.5, 0.4], 'bare-redis': [undefined, 1] },
  },
  work: { count: 400_000, peers: { bullmq: [5, 0.2], 'bee-queue': [2.5, 0.3], 'bare-redis': [undefined, 1] } },
  'work 1': {
    count: 200_000,
    settings: { hob: { concurrency: 1 }, bullmq: { concurrency: 1 }, 'bee-queue': { concurrency: 1 } },
    peers: { bullmq: [1.5, 0.1], 'bee-queue': [undefined, 0.15] },
  },
}

/** What the file costs; no targets were set. */
const redisEverysec = {
  'send 500': { count: 400_000, peers: { bullmq: [undefined, 0.2], 'bee-queue': [undefined, 0.5] } },
  work: { count: 300_000, peers: { bullmq: [undefined, 0.2], 'bee-queue': [undefined, 0.4] } },
}

const postgres = {
  'send one': {
    count: 15_000,
    peers: {
      'graphile-worker': [3, 0.15],
      'pg-boss': [3, 0.2],
      'bullmq-postgres': [3, 0.35],
      'bare-postgres': [undefined, 1],
    },
  },
  'send 500': {
    count: 150_000,
    settings: { 'bare-postgres': { pipelines: true } },
    peers: {
      'graphile-worker': [15, 0.03],
      'pg-boss': [15, 0.04],
      'bullmq-postgres': [15, 0.05],
      'bare-postgres': [undefined, 0.25],
    },
  },
  'send 1000': {
    count: 300_000,
    peers: {
      'graphile-worker': [2, 0.4],
      'pg-boss': [undefined, 0.3],
      'bullmq-postgres': [undefined, 0.25],
      'bare-postgres': [undefined, 1],
    },
  },
  work: {
    count: 250_000,
    peers: {
      'graphile-worker': [2, 0.5],
      'pg-boss': [3, 0.4],
      'bullmq-postgres': [undefined, 0.025],
      'bare-postgres': [undefined, 0.6],
    },
  },
  'work 1': {
    count: 100_000,
    settings: {
      hob: { concurrency: 1 },
      'graphile-worker': { concurrency: 1, localQueue: 0 },
      'pg-boss': { loops: 1, batch: 1 },
      'bullmq-postgres': { concurrency: 1 },
    },
    peers: { 'graphile-worker': [1.3, 0.05], 'pg-boss': [undefined, 0.02], 'bullmq-postgres': [undefined, 0.04] },
  },
}

const SMALLEST = 0.002

/** One benchmark for each workload on each engine: Hob, its peers and the bare engine in turns. */
export const throughput = Object.entries({ redis, postgres, 'redis everysec': redisEverysec }).flatMap(
  ([engine, workloads]) => Object.entries(workloads).map(([name, workload]) => benchmarkOf(engine, name, workload)),
)

function benchmarkOf(engine, name, { count, peers, settings = {} }) {
  const { what, ...task } = WORKLOADS[name]
  const sideOf = (library, share) => side({ engine, library, share, settings: settings[library], ...task })
  return {
    name: `${engine} ${name}`,
    counts: { full: count, quick: Math.ceil(count * SMALLEST) },
    settings: (jobs) =>
      `${what}; ${jobs} jobs of a hundred bytes, of peers as many as tell their rate. ${tunings(settings)}`,
    sides: {
      hob: sideOf('hob', 1),
      ...Object.fromEntries(Object.entries(peers).map(([peer, [, share]]) => [peer, sideOf(peer, share)])),
    },
    versions: () => versionsOf(engine, Object.keys(peers)),
    rows: Object.entries(peers).map(([peer, [atLeast]]) => ({
      name: `${engine} ${name} ${peer}`,
      what,
      ...{ hob: 'hob', peer, metric: 'rate', unit: 'jobs/s', figure: 'ratio' },
      ...(atLeast === undefined ? {} : { target: { atLeast } }),
    })),
  }
}

const tunings = (settings) =>
  Object.entries(settings)
    .map(([library, values]) => `${library}: ${JSON.stringify(values)}`)
    .join('; ')
