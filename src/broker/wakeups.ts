/** Waiting without polling. */
export interface Wakeups {
  /**
   * Resolves when `queue` may have something to take: a job was sent or came back, one fell due, a lease ended;
   * or after `mostMs`; or when `signal` aborts. A hint, never a promise: the caller takes, and may find nothing.
   *
   * @param wait `mostMs` 0 to 86,400,000 milliseconds.
   */
  wait(queue: string, wait: { readonly mostMs: number; readonly signal?: AbortSignal }): Promise<void>
}
