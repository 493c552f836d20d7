/** Puts colour around text, or leaves it as it is. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
}

/** SGR codes: one that begins the colour, one that ends it. */
const CODES: Readonly<Record<keyof Paint, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
}

/** Paint that colours, or that does nothing. */
export function makePaint(isColoured: boolean): Paint {
  const brush = (name: keyof Paint) => (text: string) =>
    isColoured && text !== '' ? `\u001b[${CODES[name][0]}m${text}\u001b[${CODES[name][1]}m` : text
  return { bold: brush('bold'), dim: brush('dim'), red: brush('red'), green: brush('green'), yellow: brush('yellow') }
}

/**
 * Whether to colour: `FORCE_COLOR` decides, else `NO_COLOR` (no-color.org) and `TERM=dumb` forbid it,
 * else a terminal gets it.
 */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR)
  if (env.NO_COLOR || env.TERM === 'dumb') return false
  return isTerminal
}
