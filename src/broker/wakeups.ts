/** Waiting without polling. */
export interface Wakeups {
  /**
   * Resolves when `queue` may have something to take: a job was sent or came back, one fell due, a lease ended;
   * or after `mostMs`; or when `signal` aborts. A hint, never a promise: the caller takes, and may find nothing. While the
   * queue is paused it has nothing to take.
   *
   * @param wait `mostMs` 0 to 86,400,000 milliseconds.
   */
  wait(queue: string, wait: { readonly mostMs: number; readonly signal?: AbortSignal }): Promise<void>

  /**
   * Calls `onChange` soon after records were put or deleted whose key begins with `topic/`, whoever did it. Changes that
   * come close together may be one call; what goes by its time to live is not told. It is called also when changes may have
   * been missed, and once soon after this call: so who reads the records each time it is called knows them.
   *
   * @param topic The first word of the keys, such as `schedule`.
   * @returns How to end it. Safe twice.
   */
  watch(topic: string, onChange: () => void): () => void
}
