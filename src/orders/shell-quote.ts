/** What no POSIX shell reads as anything but itself. `=` is left out, since `A=b` in first place is an assignment. */
const BARE_WORD = /^[\w%+,./:@-]+$/

/**
 * One word of POSIX shell that stands for `text`, whatever it holds but NUL; bare when it needs no quotes.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_02_02
 */
export function quoteArgument(text: string): string {
  return BARE_WORD.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
