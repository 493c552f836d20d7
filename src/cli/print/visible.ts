/**
 * Text from a job or its command, safe to show: control characters become their pictures (`␛`), so that what a
 * command printed cannot move the cursor or recolour the terminal. Tabs and line ends stay.
 */
export const visible = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (control) => String.fromCodePoint(0x2400 + control.charCodeAt(0)))
    .replace(/[\u007f-\u009f]/g, '\ufffd')

/** The first `lengthMax` characters, with `…` when that is not all. */
export const shorten = (text: string, lengthMax: number): string =>
  text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`
