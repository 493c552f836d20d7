import type { Command, Example } from './command.js'

/** A command's place in the table. */
export interface CommandEntry {
  /** One sentence, as `hob --help` shows it. */
  readonly summary: string
  /** Only the command that runs is loaded, so that each starts as if it were alone. */
  load(): Promise<Command>
}

/** Commands that share a first word, as `hob schedule add` and `hob schedule ls` do; each is an entry of its own. */
export interface CommandGroup {
  /** One sentence, as `hob --help` shows it. */
  readonly summary: string
  readonly commands: CommandTable
  /** Shown by `hob GROUP --help`, below the list of its commands. */
  readonly examples: readonly Example[]
}

/** Commands and groups of them by name. */
export type CommandTable = Readonly<{ [name: string]: CommandEntry | CommandGroup }>

/** Whether a name of the table stands for several commands. */
export const isGroup = (entry: CommandEntry | CommandGroup): entry is CommandGroup => 'commands' in entry

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
  schedule: {
    summary: 'Send jobs at stated times: list, add, remove and run schedules.',
    commands: {
      ls: {
        summary: 'List the schedules, with their last and next ticks.',
        load: async () => (await import('./schedule-list.js')).scheduleList,
      },
      add: {
        summary: 'Add a schedule, or change the one of that name.',
        load: async () => (await import('./schedule-add.js')).scheduleAdd,
      },
      rm: {
        summary: 'Remove a schedule.',
        load: async () => (await import('./schedule-remove.js')).scheduleRemove,
      },
      run: {
        summary: 'Send the job of a schedule now.',
        load: async () => (await import('./schedule-run.js')).scheduleRun,
      },
    },
    examples: [
      { line: "hob schedule add nightly --cron '30 2 * * *' --zone Europe/Berlin -q reports", says: 'Every night.' },
      { line: 'hob schedule ls', says: 'Which there are, and when they tick.' },
    ],
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
