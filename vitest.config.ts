import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.js'

/** What needs a server of its own or a shared one; the quick loop, `npm run test:unit`, goes without. */
const SERVERS = ['test/**/*{redis,postgres,mariadb}*.test.ts', 'test/servers/**/*.test.ts', 'test/bench/**/*.test.ts']

/** What starts programs, threads or DuckDB all the time, or draws or waits for seconds, and so is too slow for the quick loop. */
const PROGRAMS = [
  'test/cli/**/*.test.ts',
  'test/docs/snippets.test.ts',
  'test/examples/**/*.test.ts',
  'test/broker/sqlite-gone.test.ts',
  'test/queue/{*-examples,cancel,lease-keeper,marble,unseen-failure}.test.ts',
  'test/orders/command/*.test.ts',
  'test/rule/{abort,any-text,fixed-sum,pieces,spare-thread,properties,reading,result-*,rules-folder,run-immediately,run-kept,run-worker,workers}.test.ts',
  'test/rule/warehouse/{sqlite,duckdb}.test.ts',
  'test/rule/groups/{engines,group-run,kept-groups,long-lines,no-memory,text-scanner,ugly-numbers,weights}.test.ts',
]

/** Faults that no clock is held to, so that they bear others beside them. */
const FAULTS_BESIDE = [
  'test/faults/{awkward-orders,commands,full-disk,full-rule-disk,full-warehouse,killed-chunk}.test.ts',
  'test/package/**/*.test.ts',
]

/** Faults that take long and mostly wait: for leases to end, for leaders to change, for lines to heal. */
const WAITING_FAULTS = [
  'test/faults/schedules.test.ts',
  'test/faults/marbles.test.ts',
  'test/faults/*-waiter.test.ts',
  'test/faults/rule-*.test.ts',
  'test/faults/unusable-kitchen.test.ts',
  'test/faults/servers/bad-line-*.test.ts',
  'test/faults/servers/{busy-loop,clock-off,connections,empty-redis,held-snapshot,killed-warehouse,lost-tail}.test.ts',
  'test/faults/servers/marbles.test.ts',
  'test/faults/servers/several-hosts.test.ts',
]

/**
 * Tests import the built product, `#hob/…`, so that they check what users get. `npm test` builds first. On two cores units, programs and
 * faults without a clock run two files at a time; servers, and faults that wait, three, for much of their time is waiting; the other
 * faults come last, alone.
 */
export default defineConfig({
  test: {
    globalSetup: 'test/support/servers/office.ts',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/faults/**', 'test/package/**', ...SERVERS, ...PROGRAMS],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'programs',
          include: PROGRAMS,
          exclude: SERVERS,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'beside',
          include: FAULTS_BESIDE,
          testTimeout: 180_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'servers',
          include: SERVERS,
          exclude: ['test/faults/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'waiting',
          include: WAITING_FAULTS,
          testTimeout: 180_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Real processes, killed, stopped and starved; one file at a time, since they need the machine for themselves.
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          exclude: [...FAULTS_BESIDE, ...WAITING_FAULTS],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
