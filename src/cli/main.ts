#!/usr/bin/env node
import { EXIT_FAILED, EXIT_OK } from './exit-codes.js'
import { systemReason } from './system-reason.js'
import { readVersion } from './version.js'

/** The one place that knows the process: its arguments, its streams, its exit status. */
async function main(argv: readonly string[]): Promise<void> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    // Before anything else is loaded: scripts ask this often.
    process.stdout.on('error', endWithoutOutput).write(`${readVersion()}\n`)
    return
  }
  const { runCommandLine, processTerminal } = await import('./program.js')
  let lingersMs: number | null = null
  const terminal = processTerminal(endWithoutOutput, (afterMs) => {
    lingersMs = afterMs
  })
  process.exitCode = await runCommandLine(argv, terminal)
  if (lingersMs !== null) setTimeout(() => process.exit(), lingersMs).unref()
}

function endWithoutOutput(error: NodeJS.ErrnoException): void {
  // Whoever read has had enough (`hob extract | head`); that is no failure.
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT_OK)
  process.stderr.write(`hob: cannot write the output: ${systemReason(error)}\n`)
  process.exit(EXIT_FAILED)
}

void main(process.argv.slice(2))
