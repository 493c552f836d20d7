import assert from 'node:assert/strict'
import { RuleError } from '#hob/index.js'

/** What a builder says of what it was given; empty when it took it. */
export function faultOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    assert.ok(error instanceof RuleError && error.code === 'rule')
    return error.message
  }
  return ''
}
