import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import { type Command, commandsOf } from './commands.js'
import type { EngineUnderTest } from './engine.js'
import { Walker } from './walker.js'

/** How many walks a run makes, each of up to `COMMANDS_MAX` commands; more find more. */
const RUNS = Number(process.env.HOB_WALK_RUNS ?? 100)
const COMMANDS_MAX = 60

/** Three seconds for each walk are plenty, also for an engine on a server, and on a machine that has other things to do. */
const TIME_LIMIT_MS = Math.max(30_000, RUNS * 3_000)

/**
 * Walks an engine through random commands. After each of them its counters equal a count of its jobs, no job has two
 * holders, and none has vanished; with a reference, every answer and all that can be seen equal the reference's.
 *
 * A failure is shrunk to few commands and printed with its seed: `HOB_WALK_SEED` walks the same way again.
 */
export function walk(engine: EngineUnderTest, reference?: EngineUnderTest): void {
  const beside = reference ? `as ${reference.name} does` : 'keeping its promises'
  test(`${engine.name} walks at random, ${beside}`, { timeout: TIME_LIMIT_MS }, async () => {
    const seed = process.env.HOB_WALK_SEED
    await fc.assert(
      fc.asyncProperty(commandsOf(COMMANDS_MAX), (commands) => walkOnce(commands, engine, reference)),
      { numRuns: RUNS, ...(seed !== undefined && { seed: Number(seed) }) },
    )
  })
}

async function walkOnce(
  commands: readonly Command[],
  engine: EngineUnderTest,
  reference: EngineUnderTest | undefined,
): Promise<void> {
  const walker = await Walker.start(engine)
  const guide = reference && (await Walker.start(reference))
  try {
    for (const command of commands) {
      const answer = await walker.step(command)
      const seen = await walker.look()
      if (!guide) continue
      assert.deepEqual(answer, await guide.step(command), `the answer to ${command.kind}`)
      assert.deepEqual(seen, await guide.look(), `what is seen after ${command.kind}`)
    }
  } finally {
    await walker.stop()
    await guide?.stop()
  }
}
