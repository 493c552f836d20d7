import { HobError, KitchenError, type KitchenErrorCode } from '../../core/errors.js'
import { tlsFault } from '../tls-fault.js'

/** By the first word of a Redis error, which is its code: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
const CODES: Readonly<Record<string, readonly [kind: KitchenErrorCode, message: string, hint: string]>> = {
  HOBGONE: [
    'missing',
    'the kitchen that was opened is gone from',
    'The server was flushed, or came back empty. Turn on its persistence (appendonly yes) and start again.',
  ],
  NOAUTH: ['denied', 'a password is needed for', 'Write it in the URL: redis://:password@host'],
  WRONGPASS: ['denied', 'wrong user or password for', 'Check the URL: redis://user:password@host'],
  NOPERM: [
    'denied',
    'the user may not use',
    'Give it the keys and the channels: ACL SETUSER NAME ~{hob:* &hob:* +@all',
  ],
  READONLY: ['unreachable', 'only a replica answers for', 'Name the primary; after a failover it answers in a moment.'],
  MASTERDOWN: [
    'unreachable',
    'only a replica answers for',
    'Name the primary; after a failover it answers in a moment.',
  ],
  OOM: [
    'full',
    'no memory is left in',
    'Give the server more (maxmemory), or let jobs be done; what was acknowledged is safe.',
  ],
  MISCONF: [
    'full',
    'the server cannot write its snapshots, and refuses changes, at',
    "Look at the server's log and its disk.",
  ],
  NOREPLICAS: ['busy', 'too few replicas are up for', 'See min-replicas-to-write; it passes when they are back.'],
  LOADING: ['busy', 'the server still loads', 'It passes by itself.'],
  BUSY: ['busy', "another program's script blocks", 'It passes by itself; SCRIPT KILL ends it.'],
  TRYAGAIN: ['busy', 'a slot moves between nodes of', 'It passes by itself.'],
  CLUSTERDOWN: ['unreachable', 'the Cluster is down:', 'Look at CLUSTER INFO.'],
  UNKILLABLE: ['busy', "another program's script blocks", 'It passes by itself.'],
}

/** The code of an error that the server answered; undefined when the error came about otherwise. */
export function replyCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined
  return /^[A-Z]+/.exec(error.message)?.[0]
}

/**
 * What went wrong, in Hob's words; errors of our own pass through.
 *
 * What the server did not answer is `unreachable`: the connection was lost, or there was none. Whether the call took effect
 * is unknown then.
 */
export function kitchenError(error: unknown, place: string): unknown {
  if (error instanceof HobError) return error
  if (!(error instanceof Error)) return error
  if (error.name !== 'ReplyError') return unreachable(place, error)
  const [kind, message, hint] = CODES[replyCode(error) ?? ''] ?? [
    'fault' as const,
    `Redis failed (${replyCode(error) ?? 'ERR'}) on`,
    'Run again with --debug for its own words.',
  ]
  return new KitchenError(kind, `${message} ${place}`, { hint, cause: error })
}

/** No answer, whatever the reason. */
export function unreachable(place: string, cause: unknown): KitchenError {
  const tls = tlsFault(cause, 'cacert')
  const aboutTls = place.startsWith('rediss:') ? ', that it speaks TLS there,' : ''
  return new KitchenError('unreachable', `cannot reach ${place}${tls === null ? '' : `: ${tls.reason}`}`, {
    // A server that does not speak TLS waits for the rest of a command, and says nothing.
    hint: tls?.hint ?? `Check that the server is running${aboutTls} and that the URL names it.`,
    cause,
  })
}
