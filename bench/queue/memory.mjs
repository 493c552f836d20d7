import { side, versionsOf } from './sides.mjs'

/** What a worker holds in memory with a thousand jobs that run at once. */
const worker = ['sqlite', 'redis', 'postgres'].map((engine) => ({
  name: `${engine} worker memory`,
  counts: { full: 1_000, quick: 50 },
  rounds: 3,
  settings: (count) => `a worker process that runs ${count} jobs at once`,
  sides: {
    hob: (task) =>
      side({ engine, library: 'hob', task: 'hold', isFilled: true, settings: { concurrency: task.count } })(task),
  },
  versions: () => versionsOf(engine, []),
  rows: [
    {
      name: `${engine} worker memory`,
      what: 'a worker process that holds 1,000 jobs',
      ...{ hob: 'hob', metric: 'memoryMb', unit: 'MB', figure: 'value', target: { atMost: 120 } },
    },
  ],
}))

/** What Redis needs for a job that waits. */
const redis = {
  name: 'redis bytes',
  counts: { full: 100_000, quick: 1_000 },
  rounds: 1,
  settings: (count) => `${count} jobs of a hundred bytes that wait; used_memory for each`,
  sides: Object.fromEntries(
    ['hob', 'bullmq', 'bee-queue'].map((library) => [library, side({ engine: 'redis', library, task: 'redis-bytes' })]),
  ),
  versions: () => versionsOf('redis', ['bullmq', 'bee-queue']),
  rows: [
    ['bullmq', { target: { atMost: 0.6 } }],
    ['bee-queue', {}],
  ].map(([peer, target]) => ({
    name: `redis bytes ${peer}`,
    what: 'bytes of Redis for a waiting job',
    ...{ hob: 'hob', peer, metric: 'bytes', unit: 'bytes', figure: 'ratio', ...target },
  })),
}

export const memory = [...worker, redis]
