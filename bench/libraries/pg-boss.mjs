// Its worker handles one batch at a time; loops of fetch and complete, which its documents offer too, are faster.
// To be idle it works by its own worker, woken by LISTEN.
import { importPeer } from '../peers.mjs'

const { PgBoss } = await importPeer('pg-boss')

/** @returns {Promise<import('./hob.mjs').Library>} */
export async function open({ url, settings: { loops = 4, batch = 1_000, listens = false } }) {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false, useListenNotify: listens })
  boss.on('error', (error) => console.error(error))
  await boss.start()
  await boss.createQueue('q', { notify: listens })
  return {
    send: (payload) => boss.send('q', payload),
    sendMany: (payloads) =>
      boss.insert(
        'q',
        payloads.map((data) => ({ data })),
      ),
    work: async (run) => (listens ? workByItself(boss, run) : workByLoops(boss, run, { loops, batch })),
    async left() {
      const query = "SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'q' AND state < 'completed'"
      const { rows } = await boss.getDb().executeSql(query)
      return rows[0].count
    },
    close: () => boss.stop({ graceful: false }),
  }
}

async function workByItself(boss, run) {
  await boss.work('q', async (jobs) => {
    for (const { data } of jobs) await run(data)
  })
  return { stop: () => boss.offWork('q') }
}

function workByLoops(boss, run, { loops, batch }) {
  let isStopping = false
  async function loop() {
    while (!isStopping) {
      const jobs = await boss.fetch('q', { batchSize: batch })
      if (jobs.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      for (const { data } of jobs) await run(data)
      if (jobs.length > 0) {
        await boss.complete(
          'q',
          jobs.map(({ id }) => id),
        )
      }
    }
  }
  const ended = Promise.all(Array.from({ length: loops }, loop))
  return {
    stop() {
      isStopping = true
      return ended
    },
  }
}
