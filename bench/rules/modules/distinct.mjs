import { jsonLines, rule } from 'hob'

export default [rule({ name: 'keys', input: jsonLines(), keyParts: ['id'], valueParts: ['amount'] })]
