import type { Readable } from 'node:stream'

/** Standard input as a terminal gives it. */
type Keyboard = Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): void }

/**
 * Tells each key at once, without the end of a line, while somebody listens. Ctrl-C comes as a key, too. Where input is no
 * terminal there are no keys.
 *
 * @returns How to end it: the terminal is then as before.
 */
export function listenForKeys(input: Keyboard, onKey: (key: string) => void): () => void {
  if (input.isTTY !== true || input.setRawMode === undefined) return () => {}
  // A pasted text is many keys in one piece.
  const onData = (data: Buffer | string) => [...String(data)].forEach(onKey)
  input.setRawMode(true)
  input.on('data', onData)
  input.resume()
  return () => {
    input.off('data', onData)
    input.setRawMode?.(false)
    input.pause()
  }
}
