import { side, versionsOf } from './sides.mjs'

/** What each engine's peers take; Hob shall not be later than the first. */
const PEERS = {
  redis: { bullmq: {}, 'bee-queue': {} },
  postgres: { 'graphile-worker': { localQueue: 0 }, 'pg-boss': { listens: true }, 'bullmq-postgres': {} },
}

/** How soon an idle worker starts a job that another process sends. */
export const latency = Object.entries(PEERS).map(([engine, peers]) => ({
  name: `${engine} start`,
  counts: { full: 200, quick: 5 },
  settings: (count) =>
    `${count} jobs, one at a time, 20 ms apart; from the call of send to the handler's start in another process`,
  sides: Object.fromEntries(
    Object.entries({ hob: {}, ...peers }).map(([library, settings]) => [
      library,
      side({ engine, library, settings, task: 'latency' }),
    ]),
  ),
  versions: () => versionsOf(engine, Object.keys(peers)),
  rows: Object.keys(peers).flatMap((peer, index) => [
    {
      name: `${engine} start ${peer}`,
      what: 'start after send, idle worker, p50',
      ...{ hob: 'hob', peer, metric: 'p50', unit: 'ms', figure: 'ratio' },
      ...(index === 0 ? { target: { atMost: 1 } } : {}),
    },
    {
      name: `${engine} start p99 ${peer}`,
      what: 'the same, p99',
      ...{ hob: 'hob', peer, metric: 'p99', unit: 'ms', figure: 'ratio' },
    },
  ]),
}))
