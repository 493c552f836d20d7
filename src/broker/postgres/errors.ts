import { HobError, KitchenError, type KitchenErrorCode } from '../../core/errors.js'
import { tlsFault } from '../tls-fault.js'

interface Meaning {
  readonly kind: KitchenErrorCode
  readonly message: string
  readonly hint: string
}

const RIGHTS = 'Check the role of the URL and what it is granted; docs/kitchens.md lists the rights it needs.'
const REACH = 'Check that the server is running and that the URL names it.'

/** SQLSTATEs, https://www.postgresql.org/docs/current/errcodes-appendix.html, by their beginnings: the first that fits counts. */
const STATES: readonly (readonly [start: string, meaning: Meaning])[] = [
  [
    '53300',
    { kind: 'busy', message: 'no connection is free at', hint: 'Raise max_connections, or lower pool in the URL.' },
  ],
  [
    '53100',
    {
      kind: 'full',
      message: 'no room is left for',
      hint: 'Free disk space on the server; what was acknowledged is safe.',
    },
  ],
  ['53', { kind: 'full', message: 'the server is short of resources for', hint: 'Look into the log of the server.' }],
  ['57P', { kind: 'unreachable', message: 'the server stops, starts or is recovering:', hint: REACH }],
  [
    '57014',
    {
      kind: 'unreachable',
      message: 'a statement took too long at',
      hint: 'Look for locks held by others: pg_stat_activity.',
    },
  ],
  ['25P03', { kind: 'unreachable', message: 'a transaction lay idle for too long at', hint: REACH }],
  ['08', { kind: 'unreachable', message: 'cannot reach', hint: REACH }],
  ['28', { kind: 'denied', message: 'the server refuses to let us in to', hint: RIGHTS }],
  ['42501', { kind: 'denied', message: 'may not use', hint: RIGHTS }],
  ['25006', { kind: 'denied', message: 'cannot write to', hint: 'It is read-only: name the primary, not a standby.' }],
  ['3D000', { kind: 'missing', message: 'there is no such database:', hint: 'Create it: createdb NAME.' }],
  ['40', { kind: 'busy', message: 'others keep changing the same at', hint: 'Try again.' }],
  [
    '55P03',
    { kind: 'busy', message: 'others hold a lock at', hint: 'Look for locks held by others: pg_stat_activity.' },
  ],
  ['XX001', { kind: 'corrupt', message: 'the database is damaged:', hint: 'Look into the log of the server.' }],
  ['XX002', { kind: 'corrupt', message: 'an index is damaged:', hint: 'REINDEX it; look into the log of the server.' }],
]

/** What an error of our own migrations raises when an assumption did not hold: another way has to be tried. */
const MUST = 'HOB01'

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** The SQLSTATE of an error that the server reported: five capitals and digits. */
export function sqlState(error: unknown): string | undefined {
  const code = codeOf(error)
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]+$/.test(code) ? code : undefined
}

/** What the server calls a serialization failure, found by us: something moved between two statements of a transaction. */
export class Overtaken extends Error {
  readonly code = '40001'
}

/** Nothing took effect, and the same again may go through: a deadlock, or a transaction that could not be serialized. */
export const isTransient = (error: unknown): boolean => /^40(P01|001)$/.test(sqlState(error) ?? '')

/** Something that a transaction relied on was changed by another meanwhile: it has to look again. Nothing took effect. */
export const isOvertaken = (error: unknown): boolean => /^(HOB01|23505|40P01|40001)$/.test(sqlState(error) ?? '')

/** A fast way found that it is not the way. Nothing took effect. */
export const isRefusedByMust = (error: unknown): boolean => sqlState(error) === MUST

/** Somebody else holds what was not to be waited for. Nothing took effect. */
export const isLocked = (error: unknown): boolean => /^(55P03|40P01)$/.test(sqlState(error) ?? '')

/** A page of the database cannot be read. */
export const isDamage = (error: unknown): boolean => /^XX00[12]$/.test(sqlState(error) ?? '')

/** Whatever comes after an error within a transaction fails with this; the first error is what counts. */
export const isAftermath = (error: unknown): boolean => sqlState(error) === '25P02'

/** The connection is of no more use. */
export function isLost(error: unknown): boolean {
  const state = sqlState(error)
  return state === undefined ? !(error instanceof HobError) : /^(57P|08|25P03)/.test(state)
}

/** The server asked for a password by SCRAM, and the driver has none, or an empty one. By its words: the driver gives it no code. */
const lacksPassword = (error: unknown): boolean =>
  error instanceof Error && /^SASL: .*client password must be/.test(error.message)

/** What PostgreSQL or the network reported, in Hob's words; errors of our own pass through. */
export function kitchenError(error: unknown, place: string): unknown {
  if (error instanceof HobError) return error
  const state = sqlState(error)
  // The driver's own errors, of sockets, time limits and a password that it was not given, have no SQLSTATE.
  if (state === undefined) {
    if (lacksPassword(error)) {
      const hint = 'Set PGPASSWORD, or write it in ~/.pgpass or in the URL: postgres://user:password@host/database'
      return new KitchenError('denied', `a password is needed for ${place}`, { hint, cause: error })
    }
    const tls = tlsFault(error, 'sslrootcert')
    const reason = tls === null ? '' : `: ${tls.reason}`
    return new KitchenError('unreachable', `cannot reach ${place}${reason}`, { hint: tls?.hint ?? REACH, cause: error })
  }
  const [, meaning] = STATES.find(([start]) => state.startsWith(start)) ?? []
  if (meaning !== undefined)
    return new KitchenError(meaning.kind, `${meaning.message} ${place}`, { hint: meaning.hint, cause: error })
  return new KitchenError('fault', `PostgreSQL failed (${state}) at ${place}`, {
    hint: 'Run again with --debug for its own words.',
    cause: error,
  })
}
