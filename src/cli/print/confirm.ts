import { createInterface } from 'node:readline'
import type { Terminal } from '../terminal.js'

/** Whether there is somebody to ask. */
export const canAsk = ({ input, err }: Terminal): boolean => input.isTTY === true && err.isTerminal

/** Asks a yes-or-no question; anything but a yes, also the end of input, is a no. */
export async function confirm({ input, err }: Terminal, question: string): Promise<boolean> {
  err.write(`${question} [y/N] `)
  const lines = createInterface({ input })
  try {
    const answer = await new Promise<string>((resolve) => {
      lines.once('line', resolve)
      lines.once('close', () => resolve(''))
    })
    return /^\s*y(es)?\s*$/i.test(answer)
  } finally {
    lines.close()
  }
}
