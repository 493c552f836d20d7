import type { Output } from './output.js'

/** What dash and busybox say of a command that a signal ended, by the signal's number on Linux; like strsignal(3). */
const WORDS: Readonly<Record<number, readonly string[]>> = {
  1: ['Hangup'],
  3: ['Quit'],
  4: ['Illegal instruction'],
  5: ['Trace/breakpoint trap', 'Trace/BPT trap'],
  6: ['Aborted', 'Abort trap'],
  7: ['Bus error'],
  8: ['Floating point exception', 'Arithmetic exception'],
  9: ['Killed'],
  10: ['User defined signal 1'],
  11: ['Segmentation fault'],
  12: ['User defined signal 2'],
  14: ['Alarm clock'],
  15: ['Terminated'],
  24: ['CPU time limit exceeded'],
  25: ['File size limit exceeded'],
  26: ['Virtual timer expired'],
  27: ['Profiling timer expired'],
  31: ['Bad system call'],
}

const CORE = ' (core dumped)'
const LENGTH_MAX = 64

/**
 * The bytes at the end of a command's errors that are not its own: dash runs a plain command by `vfork`, a fifth cheaper
 * than through a subshell, but says `Terminated` while the command's redirections still stand.
 *
 * A command that ends by `exit 143` after one of its own children was terminated looks the same, and counts as ended by
 * the signal too; nothing worse comes of it.
 *
 * @param status As `$?` gives it, above 128.
 * @returns 0 when no signal ended the command.
 */
export function deathWordBytes(stderr: Output, status: number): number {
  const tail = stderr.tail(LENGTH_MAX)
  const endings = (WORDS[status - 128] ?? []).flatMap((word) => [`${word}\n`, `${word}${CORE}\n`])
  return endings.find((ending) => tail.endsWith(ending))?.length ?? 0
}
