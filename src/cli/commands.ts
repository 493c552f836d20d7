import type { Command } from './command.js'

/** A command's place in the table. */
export interface CommandEntry {
  /** One sentence, as `hob --help` shows it. */
  readonly summary: string
  /** Only the command that runs is loaded, so that each starts as if it were alone. */
  load(): Promise<Command>
}

/** Commands by name. */
export type CommandTable = Readonly<Record<string, CommandEntry>>

/** Every command of `hob`, in the order in which one needs them. */
export const COMMANDS: CommandTable = {
  load: {
    summary: 'Load orders from files: one order per row, every column an argument.',
    load: async () => (await import('./load.js')).load,
  },
  deliver: {
    summary: 'Take orders and run a command for each.',
    load: async () => (await import('./deliver.js')).deliver,
  },
  status: {
    summary: 'Show how many orders wait, run and are done, and who delivers them.',
    load: async () => (await import('./status.js')).status,
  },
  nodes: {
    summary: 'Show every process at work: who, where, what it says, how much it did, when it was last seen.',
    load: async () => (await import('./nodes.js')).nodes,
  },
  monitor: {
    summary: 'Return the jobs of scripts and workers that died, and tell which and why.',
    load: async () => (await import('./monitor.js')).monitor,
  },
  why: {
    summary: "Tell one order's life: every attempt, and what happens next.",
    load: async () => (await import('./why.js')).why,
  },
  extract: {
    summary: 'Write every order and what became of it, as CSV or JSON.',
    load: async () => (await import('./extract.js')).extract,
  },
  reset: {
    summary: 'Put orders in ERROR, and RUNNING ones whose waiter is gone, back to READY.',
    load: async () => (await import('./reset.js')).reset,
  },
  clean: {
    summary: 'Delete all orders of a queue.',
    load: async () => (await import('./clean.js')).clean,
  },
  doctor: {
    summary: 'Say what the kitchen promises, what it would lose, and what is wrong with it.',
    load: async () => (await import('./doctor.js')).doctor,
  },
  completion: {
    summary: 'Print a script that completes hob in your shell.',
    load: async () => (await import('./completion.js')).completion,
  },
  help: {
    summary: 'Explain a command, or the exit codes.',
    load: async () => (await import('./help.js')).help,
  },
}
