/**
 * What a promise gives, or the reason of a signal as soon as that is told to stop. Drivers leave some calls without an answer for ever
 * when their connection is cut: pg one that connects (8.23), mysql2 one that runs (3.24).
 *
 * @param promise May be rejected when nobody waits for it any more.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
