/** What a wait is for, and its bound. */
export interface Wait {
  /** 20 s unless given: far more than any of these waits needs on a busy machine. */
  readonly mostMs?: number
}

/** So short that a test does not wait noticeably longer than it must; so long that looking does not cost a core. */
const LOOK_MS = 20

/**
 * Looks again and again until what is waited for is there.
 *
 * @param what Ends the sentence `waited 20000 ms in vain until …`.
 * @returns What the look answered first that is neither undefined nor false.
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { mostMs = 20_000 }: Wait = {},
): Promise<T> {
  const sinceMs = performance.now()
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (performance.now() - sinceMs > mostMs) throw new Error(`waited ${mostMs} ms in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
