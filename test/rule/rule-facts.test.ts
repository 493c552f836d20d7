import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { chain, count, fill, jsonLines, lower, orElse, type RuleOptions, rule, trim, where } from '#hob/index.js'
import { factsOf } from '#hob/rule/run/rule-facts.js'

const own = (): string => 'own'

function functionsOf(options: Partial<RuleOptions>) {
  const made = rule({ name: 'r', input: jsonLines(), keyParts: ['day'], valueParts: ['count'], ...options })
  return factsOf(made, '').functions
}

describe('functions that may have got nowhere', () => {
  test('are those of the user, also within a chain, and patterns of theirs', () => {
    const made = functionsOf({
      partsPreprocess: [
        function fine(parts) {
          return parts
        },
        where('day').matches(/^(a+)+$/),
      ],
      fieldTransforms: { day: chain(lower, own), count: chain(trim, chain(own)), shop: own },
    })
    const transforms = ['day', 'count', 'shop'].map((field) => `fieldTransforms.${field}`)
    assert.deepEqual(made, { map: ['fine', "where('day').matches", ...transforms], reduce: [] })
  })

  test('are no builders, which always end', () => {
    const made = functionsOf({
      partsPreprocess: [count, where('day').exists(), fill({ day: 1 })],
      fieldTransforms: { day: chain(lower, chain(trim, orElse(''))), count: trim },
    })
    assert.deepEqual(made, { map: [], reduce: [] })
  })
})
