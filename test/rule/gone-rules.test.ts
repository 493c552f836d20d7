import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { collectGoneRules, type GoneRulesOptions } from '#hob/rule/gone-rules.js'
import { openTestKitchen } from '#hob/testing.js'

/** Where the clock of a test's kitchen begins. */
const NOW = openTestKitchen().clock.nowMs()

const DAY = 86_400_000

const ENDED = { run: null, lastStartedMs: NOW - 40 * DAY, lastEndedMs: NOW - 40 * DAY, isPaused: false }

const RUN = { state: 'done', startedMs: NOW - 40 * DAY, endedMs: NOW - 40 * DAY, module: '/rules/a.ts' }

async function withRecords(records: Readonly<Record<string, object>>, work: (broker: Broker) => Promise<void>) {
  await using kitchen = openTestKitchen()
  await kitchen.broker.commit([
    { put: Object.entries(records).map(([key, value]) => ({ key, value: JSON.stringify(value) })) },
  ])
  await work(kitchen.broker)
}

const collected = async (broker: Broker, options: Partial<GoneRulesOptions> = {}) => {
  const { rules } = await collectGoneRules(broker, {
    isThere: (rule) => rule === 'a.there',
    isElsewhere: (module) => module.startsWith('/srv/'),
    remove: true,
    graceMs: 30 * DAY,
    ...options,
  })
  return rules.map(({ rule, stays }) => `${rule} ${stays}`)
}

const keys = async (broker: Broker) => (await broker.records('', { countMax: 100 })).map(({ key }) => key)

test('a rule that is gone is forgotten with its runs, and no other', () =>
  withRecords(
    {
      'rule/a.gone': ENDED,
      'run/a.gone/a.gone@1': RUN,
      'run/a.gone/a.gone@2': RUN,
      'rule/a.gone2': { ...ENDED, isPaused: true },
      'run/a.gone2/a.gone2@1': RUN,
      'rule/a.there': ENDED,
      'run/a.there/a.there@1': RUN,
      'tag/in:a/x': {},
    },
    async (broker) => {
      const all = await keys(broker)
      assert.deepEqual(await collected(broker, { remove: false }), ['a.gone null', 'a.gone2 paused'])
      assert.deepEqual(await keys(broker), all)
      assert.deepEqual(await collected(broker), ['a.gone null', 'a.gone2 paused'])
      assert.deepEqual(
        await keys(broker),
        all.filter((key) => !/a\.gone(\/|$)/.test(key)),
      )
    },
  ))

test('what may be of use to somebody stays', () =>
  withRecords(
    {
      'rule/a.elsewhere': ENDED,
      'run/a.elsewhere/1': { ...RUN, module: '/srv/a.ts' },
      'rule/a.looked': ENDED,
      'run/a.looked/1': { ...RUN, startedMs: NOW - 29 * DAY, endedMs: NOW - 29 * DAY },
      'rule/a.open': { ...ENDED, run: '1' },
      'run/a.open/1': { ...RUN, state: 'waiting', endedMs: null },
      'rule/a.young': { ...ENDED, lastEndedMs: NOW - 29 * DAY },
    },
    async (broker) => {
      const all = await keys(broker)
      assert.deepEqual(await collected(broker), [
        'a.elsewhere elsewhere',
        'a.looked young',
        'a.open open',
        'a.young young',
      ])
      assert.deepEqual(await keys(broker), all)
    },
  ))

test('a rule that begins a run meanwhile stays, with all of its runs', () =>
  withRecords({ 'rule/a.gone': ENDED, 'run/a.gone/1': RUN }, async (broker) => {
    const isElsewhere = () => false
    const begun: Pick<Broker, 'record' | 'records' | 'describe' | 'commit'> = {
      record: (key) => broker.record(key),
      describe: () => broker.describe(),
      commit: (steps) => broker.commit(steps),
      async records(prefix, page) {
        const found = await broker.records(prefix, page)
        if (prefix.startsWith('run/')) {
          await broker.commit([{ put: [{ key: 'rule/a.gone', value: JSON.stringify({ ...ENDED, run: '2' }) }] }])
        }
        return found
      },
    }
    const options = { isThere: () => false, isElsewhere, remove: true, graceMs: 30 * DAY }
    const { rules } = await collectGoneRules(begun, options)
    assert.deepEqual(
      rules.map(({ stays }) => stays),
      ['changed'],
    )
    assert.deepEqual(await keys(broker), ['rule/a.gone', 'run/a.gone/1'])
  }))
