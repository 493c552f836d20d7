#!/usr/bin/env node
import { EXIT_FAILED, EXIT_OK } from './exit-codes.js'
import { readVersion } from './version.js'

/** The one place that knows the process: its arguments, its streams, its exit status. */
async function main(argv: readonly string[]): Promise<void> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    // Before anything else is loaded: scripts ask this often.
    process.stdout.write(`${readVersion()}\n`)
    return
  }
  const { runCommandLine, processTerminal } = await import('./program.js')
  process.exitCode = await runCommandLine(argv, processTerminal())
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A command that has something to finish listens too, and ends in its own time.
  if (process.stdout.listenerCount('error') > 1) return
  // Whoever read has had enough (`hob extract | head`); that is no failure.
  if (error.code === 'EPIPE') process.exit(EXIT_OK)
  process.stderr.write(`hob: cannot write the output: ${error.message}\n`)
  process.exit(EXIT_FAILED)
})

await main(process.argv.slice(2))
