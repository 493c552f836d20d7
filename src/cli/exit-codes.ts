/** All that was asked for was done. */
export const EXIT_OK = 0

/** Something was asked for rightly, and could not be done. */
export const EXIT_FAILED = 1

/** The command line makes no sense, or needs an answer that nobody can give; nothing was done. */
export const EXIT_USAGE = 2

/** The kitchen cannot be used. */
export const EXIT_KITCHEN = 3

/** `deliver` counts failed orders in its status up to this; more of them are `EXIT_MORE_FAILED`. */
export const EXIT_FAILED_ORDERS_MAX = 100

/** More orders failed than a status can count. */
export const EXIT_MORE_FAILED = 101

/** As the shell says it: the command is there, and is not executable. */
export const EXIT_NOT_EXECUTABLE = 126

/** As the shell says it: there is no such command. */
export const EXIT_NOT_FOUND = 127

/** 128 + SIGINT. */
export const EXIT_INTERRUPTED = 130

/** 128 + SIGTERM. */
export const EXIT_TERMINATED = 143

/** What `hob help exit-codes` says, in its order. */
export const EXIT_CODES: readonly { readonly status: string; readonly meaning: string }[] = [
  { status: `${EXIT_OK}`, meaning: 'All is well. deliver: every order that was taken is done.' },
  {
    status: `${EXIT_FAILED}`,
    meaning:
      'It could not be done: no such order or queue, an unreadable file, a bad row. doctor: something is BAD. blob verify: one is not whole. rule run: it failed, or has too few blobs.',
  },
  {
    status: `${EXIT_USAGE}`,
    meaning: 'Wrong usage, or an answer is needed and there is no terminal; nothing was done.',
  },
  {
    status: `${EXIT_KITCHEN}`,
    meaning: 'The kitchen cannot be used: missing, unreachable, denied, full, corrupt, foreign, newer, busy.',
  },
  { status: `1-${EXIT_FAILED_ORDERS_MAX}`, meaning: 'deliver only: that many orders failed.' },
  { status: `${EXIT_MORE_FAILED}`, meaning: `deliver only: more than ${EXIT_FAILED_ORDERS_MAX} orders failed.` },
  { status: `${EXIT_NOT_EXECUTABLE}`, meaning: 'deliver only: the command is not executable.' },
  { status: `${EXIT_NOT_FOUND}`, meaning: 'deliver only: the command was not found.' },
  { status: `${EXIT_INTERRUPTED}`, meaning: 'Interrupted by Ctrl-C.' },
  { status: `${EXIT_TERMINATED}`, meaning: 'Ended by SIGTERM.' },
]
