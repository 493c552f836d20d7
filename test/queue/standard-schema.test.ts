import assert from 'node:assert/strict'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { isStandardSchema, type SchemaInput, type SchemaOutput } from '#hob/queue/standard-schema.js'

describe('the interface of schemas', () => {
  test('tells what a schema is given, and what it makes of that', () => {
    const length = z.string().transform(Number)
    expectTypeOf<SchemaInput<typeof length>>().toEqualTypeOf<string>()
    expectTypeOf<SchemaOutput<typeof length>>().toEqualTypeOf<number>()
  })

  test('knows a schema when it sees one', () => {
    for (const schema of [z.string(), v.string(), type('string')]) assert.ok(isStandardSchema(schema))
    const nearly = [
      null,
      undefined,
      'x',
      {},
      () => {},
      { '~standard': {} },
      { '~standard': { version: 2, validate() {} } },
    ]
    for (const value of nearly) assert.ok(!isStandardSchema(value))
  })
})
