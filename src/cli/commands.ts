import type { Command, Example } from './command.js'

/** A command's place in the table. */
export interface CommandEntry {
  /** One sentence, as `hob --help` shows it. */
  readonly summary: string
  /** What it stands under in `hob --help`. */
  readonly heading?: string
  /** Only the command that runs is loaded, so that each starts as if it were alone. */
  load(): Promise<Command>
}

/** Commands that share a first word, as `hob schedule add` and `hob schedule ls` do; each is an entry of its own. */
export interface CommandGroup {
  /** One sentence, as `hob --help` shows it. */
  readonly summary: string
  readonly heading?: string
  readonly commands: CommandTable
  /** Shown by `hob GROUP --help`, below the list of its commands. */
  readonly examples: readonly Example[]
}

/** Commands and groups of them by name. */
export type CommandTable = Readonly<{ [name: string]: CommandEntry | CommandGroup }>

/** Whether a name of the table stands for several commands. */
export const isGroup = (entry: CommandEntry | CommandGroup): entry is CommandGroup => 'commands' in entry

/** The same commands under a heading. */
function under(heading: string, commands: CommandTable): CommandTable {
  return Object.fromEntries(Object.entries(commands).map(([name, entry]) => [name, { ...entry, heading }]))
}

/** Every command of `hob`, in the order in which one needs them. */
export const COMMANDS: CommandTable = {
  ...under('Orders:', {
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
  }),
  ...under('Queues:', {
    send: {
      summary: 'Send jobs to a queue: JSON arguments, or lines of JSON.',
      load: async () => (await import('./send.js')).send,
    },
    expedite: {
      summary: 'Send jobs to the very front of a queue.',
      load: async () => (await import('./expedite.js')).expedite,
    },
    work: {
      summary: 'Run the workers that modules export, TypeScript as it is.',
      load: async () => (await import('./work.js')).work,
    },
    schedule: {
      summary: 'Send jobs at stated times: list, add, show, pause, remove and run schedules.',
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
        show: {
          summary: 'Show all that is kept of a schedule.',
          load: async () => (await import('./schedule-show.js')).scheduleShow,
        },
        pause: {
          summary: 'Let a schedule tick no more; all else of it stays.',
          load: async () => (await import('./schedule-pause.js')).schedulePause,
        },
        resume: {
          summary: 'Let a paused schedule tick again.',
          load: async () => (await import('./schedule-pause.js')).scheduleResume,
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
    queues: {
      summary: 'Show all queues: what waits, runs and ended, how fast, and what was set.',
      load: async () => (await import('./queues-command.js')).queues,
    },
    jobs: {
      summary: 'List the jobs of a queue.',
      load: async () => (await import('./jobs.js')).jobs,
    },
    job: {
      summary: "Tell jobs' lives: payload, every attempt, result, and what happens next.",
      load: async () => (await import('./job.js')).job,
    },
    retry: {
      summary: 'Put jobs that failed or were cancelled back to READY.',
      load: async () => (await import('./retry.js')).retry,
    },
    cancel: {
      summary: 'Cancel jobs.',
      load: async () => (await import('./cancel.js')).cancel,
    },
    drop: {
      summary: 'Delete jobs.',
      load: async () => (await import('./drop.js')).drop,
    },
    pause: {
      summary: 'Stop the taking of jobs from a queue.',
      load: async () => (await import('./pause.js')).pause,
    },
    resume: {
      summary: 'Let a paused queue go on.',
      load: async () => (await import('./pause.js')).resume,
    },
    queue: {
      summary: 'Show or change what is set for a queue: attempts, backoff, history.',
      commands: {
        set: {
          summary: 'Set something; workers go by it within a second.',
          load: async () => (await import('./queue-set.js')).queueSet,
        },
        unset: {
          summary: 'Leave something to the workers again.',
          load: async () => (await import('./queue-unset.js')).queueUnset,
        },
        show: {
          summary: 'Show a queue and what is set for it.',
          load: async () => (await import('./queue-show.js')).queueShow,
        },
      },
      examples: [
        { line: 'hob queue set mail --attempts 8 --keep-done 7d', says: 'For all its workers, while they run.' },
        { line: 'hob queue show mail', says: 'What was set.' },
      ],
    },
  }),
  ...under('Rules:', {
    rule: {
      summary: 'Map and reduce what is under tags: by itself as blobs come, and whenever you say.',
      commands: {
        new: {
          summary: 'Make a folder of example rules, with data to try them on.',
          load: async () => (await import('./rule-new.js')).ruleNew,
        },
        run: {
          summary: 'Run a rule now, over files or blobs, and print its result.',
          load: async () => (await import('./rule-run.js')).ruleRun,
        },
        map: {
          summary: "Write a rule's keys and partial sums as lines, for a sort of your own.",
          load: async () => (await import('./rule-map.js')).ruleMap,
        },
        reduce: {
          summary: "Make a rule's result of such lines.",
          load: async () => (await import('./rule-reduce.js')).ruleReduce,
        },
        names: {
          summary: 'Print the names of the rules.',
          load: async () => (await import('./rule-list-names.js')).ruleNames,
        },
        ls: {
          summary: 'List the rules: what they wait for, when they ran, and when they are due.',
          load: async () => (await import('./rule-ls.js')).ruleLs,
        },
        daemon: {
          summary: 'Run rules by themselves as their blobs come.',
          load: async () => (await import('./rule-daemon.js')).ruleDaemon,
        },
        why: {
          summary: 'Say why a rule does not run.',
          load: async () => (await import('./rule-why.js')).ruleWhy,
        },
        history: {
          summary: 'List the runs of a rule, or of all.',
          load: async () => (await import('./rule-history.js')).ruleHistory,
        },
        pause: {
          summary: 'Let a rule run by itself no more.',
          load: async () => (await import('./rule-pause.js')).rulePause,
        },
        resume: {
          summary: 'Let a paused rule go on.',
          load: async () => (await import('./rule-pause.js')).ruleResume,
        },
        gc: {
          summary: 'Tell of which rules that are gone something is kept, or forget them.',
          load: async () => (await import('./rule-collect.js')).ruleCollect,
        },
      },
      examples: [
        { line: 'hob rule run names.last_names_json people.json', says: 'Over a file, with the result as CSV.' },
        { line: 'hob rule daemon', says: 'Run the rules of the folder rules as their blobs come, until Ctrl-C.' },
        { line: 'hob rule why names.last_names_json', says: 'What it waits for.' },
      ],
    },
    blob: {
      summary: 'Keep data as tagged blobs: cut or push files, list, read, tag, verify, collect.',
      commands: {
        chunk: {
          summary: 'Cut files into blobs where records end, and tag them.',
          load: async () => (await import('./blob-chunk.js')).blobChunk,
        },
        push: {
          summary: 'Store files whole, each as one blob, and tag them.',
          load: async () => (await import('./blob-push.js')).blobPush,
        },
        ls: {
          summary: 'List the tags, with what is under each.',
          load: async () => (await import('./blob-list.js')).blobList,
        },
        blobs: {
          summary: 'List the blobs of a tag.',
          load: async () => (await import('./blob-blobs.js')).blobBlobs,
        },
        cat: {
          summary: 'Write the content of tags, uncompressed.',
          load: async () => (await import('./blob-cat.js')).blobCat,
        },
        head: {
          summary: 'Write the first lines of tags.',
          load: async () => (await import('./blob-head.js')).blobHead,
        },
        stat: {
          summary: 'Tell how many blobs, bytes and records a tag has, and since when.',
          load: async () => (await import('./blob-stat.js')).blobStat,
        },
        tag: {
          summary: 'Bring blobs under a tag, too.',
          load: async () => (await import('./blob-tag.js')).blobTag,
        },
        untag: {
          summary: 'Take blobs off a tag.',
          load: async () => (await import('./blob-untag.js')).blobUntag,
        },
        rm: {
          summary: 'Remove tags; their blobs stay until gc.',
          load: async () => (await import('./blob-remove.js')).blobRemove,
        },
        verify: {
          summary: 'Read blobs again, and tell which are missing or damaged.',
          load: async () => (await import('./blob-verify.js')).blobVerify,
        },
        gc: {
          summary: 'Tell which blobs nothing reaches, or remove them.',
          load: async () => (await import('./blob-collect.js')).blobCollect,
        },
      },
      examples: [
        {
          line: 'hob blob chunk incoming:users users.jsonl',
          says: 'Cut a file into blobs of at most 64 MiB, and tag them.',
        },
        { line: 'hob blob ls incoming:', says: 'What is under each tag that begins so.' },
      ],
    },
  }),
  ...under('Kitchen:', {
    top: {
      summary: 'Show a live screen of queues, rates, latencies and nodes.',
      load: async () => (await import('./top.js')).top,
    },
    nodes: {
      summary: 'Show every process at work: who, where, what it says, how much it did, when it was last seen.',
      load: async () => (await import('./nodes.js')).nodes,
    },
    monitor: {
      summary: 'Return the jobs of scripts and workers that died, and tell which and why.',
      load: async () => (await import('./monitor.js')).monitor,
    },
    doctor: {
      summary: 'Say what the kitchen promises, what it would lose, and what is wrong with it.',
      load: async () => (await import('./doctor.js')).doctor,
    },
  }),
  ...under('Hob itself:', {
    completion: {
      summary: 'Print a script that completes hob in your shell.',
      load: async () => (await import('./completion.js')).completion,
    },
    help: {
      summary: 'Explain a command, or the exit codes.',
      load: async () => (await import('./help.js')).help,
    },
  }),
}
