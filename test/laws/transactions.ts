import assert from 'node:assert/strict'
import { ArgumentError } from '#hob/core/errors.js'
import { type EngineUnderTest, lawsOf, type Scratch, type TransactionInTest } from './engine.js'
import { LEASE_MS, newJob, send, settle, settleOf, take, takeNames, takeOne } from './shorthand.js'

/** What it means to take part in a transaction that the caller holds open. */
export function transactionsLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'transactions', (law) => {
    const sendA = [{ send: [newJob('a')] }]
    const readyCount = async ({ broker }: Scratch) => (await broker.queues())[0]?.counts.ready ?? 0

    law('what is no transaction of this store is refused', async ({ broker }) => {
      await assert.rejects(broker.commitWithin({}, sendA), ArgumentError)
      await assert.rejects(broker.commitWithin(null as unknown as object, sendA), ArgumentError)
      assert.deepEqual(await broker.queues(), [])
    })
    if (!engine.joinsTransactions) return

    const lawWithin = (name: string, run: (scratch: Scratch, transaction: TransactionInTest) => Promise<void>): void =>
      law(name, async (scratch) => {
        assert.ok(scratch.begin)
        const transaction = await scratch.begin()
        try {
          await run(scratch, transaction)
        } finally {
          await transaction.rollback()
        }
      })

    lawWithin(
      'a job that is sent within a transaction is there once it commits, and not before',
      async (scratch, own) => {
        const [result] = await scratch.broker.commitWithin(own.handle, sendA)
        assert.equal(result?.kind, 'done')
        assert.equal(await readyCount(scratch), 0)
        await own.commit()
        assert.equal(await readyCount(scratch), 1)
        const job = await takeOne(scratch.broker)
        assert.equal(job.id, result?.sent[0]?.id)
      },
    )

    lawWithin(
      'a transaction that is rolled back has sent nothing, and its queue is not known',
      async (scratch, own) => {
        await scratch.broker.commitWithin(own.handle, [...sendA, { put: [{ key: 'x', value: '1' }] }])
        await own.rollback()
        assert.deepEqual(await scratch.broker.queues(), [])
        assert.equal(await scratch.broker.record('x'), undefined)
        await send(scratch.broker, 'b')
        assert.deepEqual(await takeNames(scratch.broker), ['b'])
      },
    )

    lawWithin('several calls within one transaction see each other', async ({ broker }, own) => {
      await broker.commitWithin(own.handle, [{ put: [{ key: 'lock', value: '1', expected: 0 }] }])
      const [again] = await broker.commitWithin(own.handle, [{ put: [{ key: 'lock', value: '2', expected: 0 }] }])
      assert.equal(again?.kind, 'conflict')
      const key = { send: [newJob('a', { key: 'k' })] }
      const [first] = await broker.commitWithin(own.handle, [key])
      const [second] = await broker.commitWithin(own.handle, [key])
      assert.deepEqual([first?.kind, second?.kind], ['done', 'duplicate'])
      assert.equal(second?.sent[0]?.id, first?.sent[0]?.id)
      await own.commit()
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('a job that is settled within a transaction has ended once it commits', async ({ broker, begin }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      const own = await begin?.()
      assert.ok(own)
      const step = { settle: settleOf(job, { kind: 'done', result: '7' }), send: [newJob('next')] }
      assert.equal((await broker.commitWithin(own.handle, [step]))[0]?.kind, 'done')
      assert.equal((await broker.job(job.id))?.state, 'running')
      await own.commit()
      const { state, result } = (await broker.job(job.id)) ?? {}
      assert.deepEqual([state, result], ['done', '7'])
      assert.deepEqual(await takeNames(broker), ['next'])
      assert.equal(await settle(broker, job, { kind: 'done' }), 'lost')
    })

    law('a settle that is rolled back leaves its job with its holder', async ({ broker, begin }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      const own = await begin?.()
      assert.ok(own)
      await broker.commitWithin(own.handle, [{ settle: settleOf(job, { kind: 'done' }) }])
      await own.rollback()
      assert.equal((await broker.job(job.id))?.state, 'running')
      assert.equal(await settle(broker, job, { kind: 'done' }), 'done')
      assert.deepEqual((await broker.queues())[0]?.counts.done, 1)
    })

    law('a settle within a transaction is lost when the lease has ended', async ({ broker, begin, pass }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      await pass(LEASE_MS)
      const own = await begin?.()
      assert.ok(own)
      const step = { settle: settleOf(job, { kind: 'done' }), send: [newJob('next')] }
      assert.deepEqual(await broker.commitWithin(own.handle, [step]), [{ kind: 'lost', sent: [] }])
      await own.commit()
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    lawWithin('a commit of the caller wakes who waits', async ({ broker }, own) => {
      const waiting = broker.wait('q', { mostMs: 3_600_000 })
      await broker.commitWithin(own.handle, sendA)
      await own.commit()
      await waiting
      assert.equal((await take(broker)).length, 1)
    })
  })
}
