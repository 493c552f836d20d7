import { needPackage, packageVersion } from '../peers.mjs'
import { runTask, runTaskFilled } from '../programs.mjs'

/** plainjob's rate is steady from the first second on, so that fewer jobs tell it. */
const PLAINJOB_SHARE = 0.05

export const work = {
  name: 'work',
  counts: { full: 200_000, quick: 1_000 },
  settings: (count) =>
    `${count} jobs of a hundred bytes, FULL. Hob: work(async () => {}, { concurrency: 10 }), until the last outcome is durable. Bare: take 100 by UPDATE … RETURNING, delete 100, each its own transaction. plainjob: one worker, silent logger, FULL, a twentieth of the jobs`,
  sides: {
    hob: (task) => runTaskFilled('work', task),
    'bare loop': (task) => runTask('work-bare', task),
    plainjob(task) {
      needPackage('plainjob')
      return runTask('work-plainjob', { ...task, count: task.count * PLAINJOB_SHARE })
    },
  },
  versions: () => `plainjob ${packageVersion('plainjob')}`,
  rows: [
    {
      name: 'work bare',
      what: 'worker with a no-op handler; bare take and delete',
      ...{ hob: 'hob', peer: 'bare loop', metric: 'rate', unit: 'jobs/s', figure: 'ratio', target: { atLeast: 0.5 } },
    },
    {
      name: 'work plainjob',
      what: "the same; plainjob's worker",
      ...{ hob: 'hob', peer: 'plainjob', metric: 'rate', unit: 'jobs/s', figure: 'ratio', target: { atLeast: 4 } },
    },
  ],
}
