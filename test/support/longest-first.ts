import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files that take longest, on two cores that do nothing else: twenty seconds and more, the longest first in each project. A fresh checkout
 * knows no durations, and Vitest then begins with the largest files. These are small, since they run laws that stand elsewhere, so that
 * they came last, and everybody waited for one of them: 80 seconds for the walks on PostgreSQL.
 */
const LONGEST: readonly string[] = [
  'test/docs/snippets.test.ts',
  'test/rule/run-immediately.test.ts',
  'test/cli/rule-run.test.ts',
  'test/cli/work.test.ts',
  'test/rule/run-kept.test.ts',
  'test/rule/run-worker.test.ts',
  'test/broker/postgres.test.ts',
  'test/servers/idle.test.ts',
  'test/broker/postgres-wakeups.test.ts',
  'test/broker/postgres-eager.test.ts',
  'test/rule/kitchens-postgres.test.ts',
  'test/broker/redis.test.ts',
  'test/servers/schedules.test.ts',
  'test/faults/servers/bad-line-postgres.test.ts',
  'test/faults/servers/bad-line-redis.test.ts',
  'test/faults/rule-kills.test.ts',
  'test/faults/schedules.test.ts',
  'test/faults/rule-stopped.test.ts',
  'test/faults/rule-daemons.test.ts',
]

/** Runs the files that are known to take long first, all others as Vitest does. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const projects = [...new Set(sorted.map(({ project }) => project.name))]
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`))
      return at < 0 ? LONGEST.length : at
    }
    return sorted.sort(
      (a, b) => projects.indexOf(a.project.name) - projects.indexOf(b.project.name) || rank(a) - rank(b),
    )
  }
}
