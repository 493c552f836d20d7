/** A program without which a server cannot be started. */
export interface Need {
  /** What it is called, and what its Debian package is called. */
  readonly name: string
  readonly isThere: boolean
  /** Names a running server that the laws use instead. */
  readonly variable: string
}

/**
 * Leaves out the test that needs a server of its own where there is none: the one that a variable names is not ours to
 * kill. Without that variable the run fails.
 */
export async function demand({ name, isThere, variable }: Need): Promise<void> {
  if (isThere) return
  const reason = `${name} is not installed`
  if (process.env[variable] !== undefined) {
    const { getCurrentTest } = await import('vitest/suite')
    getCurrentTest()?.context.skip(reason)
  }
  throw new Error(`${reason}; \`npm test\` installs it, or says what to install`)
}
