import assert from 'node:assert/strict'
import { test } from 'vitest'
import { isTooDeep, JSON_DEPTH_MAX } from '#hob/core/json-depth.js'

test('levels are counted where they stand within each other, and not in texts', () => {
  const nested = (depth: number, inner = '') => '['.repeat(depth) + inner + ']'.repeat(depth)
  assert.equal(isTooDeep(nested(JSON_DEPTH_MAX)), false)
  assert.equal(isTooDeep(nested(JSON_DEPTH_MAX + 1)), true)
  assert.equal(isTooDeep(nested(JSON_DEPTH_MAX, '"[{\\"[["')), false)
  assert.equal(isTooDeep(nested(JSON_DEPTH_MAX - 1, '{"a\\\\":{}}')), true)
  assert.equal(isTooDeep(`[${'[],{},'.repeat(10_000)}0]`), false)
  assert.equal(isTooDeep(JSON.stringify('['.repeat(10_000))), false)
  assert.equal(isTooDeep(JSON.stringify('x'.repeat(4 << 20))), false)
})
