import { HobError, RuleError, type RuleErrorCode } from '../../core/errors.js'
import { userPlace } from '../import-module.js'
import type { ThreadFault } from './thread-task.js'

const CODES: readonly string[] = [
  'rule',
  'input',
  'function',
  'bad-rows',
  'warehouse',
  'stalled',
  'changed',
  'fault',
] satisfies RuleErrorCode[]

const isRuleCode = (code: unknown): code is RuleErrorCode => typeof code === 'string' && CODES.includes(code)

/**
 * An error as data, for another thread or process.
 *
 * @param otherwise What it counts as when it does not say itself.
 */
export function faultOf(error: unknown, otherwise: RuleErrorCode = 'fault'): ThreadFault {
  const thrown = error instanceof Error ? error : new Error(String(error))
  const { code, syscall } = thrown as NodeJS.ErrnoException
  if (thrown instanceof HobError) {
    return {
      code: isRuleCode(code) ? code : otherwise,
      message: thrown.message,
      hint: thrown.hint ?? null,
      stack: thrown.stack ?? null,
    }
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      code: 'fault',
      message: thrown.message,
      hint: 'The disk is full: make room, and run it again.',
      stack: null,
    }
  }
  const isSystem = syscall !== undefined || otherwise === 'fault'
  const place = userPlace(thrown)
  return {
    code: syscall === undefined ? otherwise : 'fault',
    message: isSystem ? thrown.message : `${place === undefined ? '' : `${place}: `}${thrown.name}: ${thrown.message}`,
    hint: null,
    stack: thrown.stack ?? null,
  }
}

/** The error that came as data. */
export function errorOf({ code, message, hint, stack }: ThreadFault): RuleError {
  const error = new RuleError(isRuleCode(code) ? code : 'fault', message, hint === null ? {} : { hint })
  if (stack !== null) error.stack = stack
  return error
}
