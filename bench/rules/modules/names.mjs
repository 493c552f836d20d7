import { count, jsonLines, rule } from 'hob'

export default [
  rule({
    name: 'last_names',
    input: jsonLines(),
    partsPreprocess: [count],
    keyParts: ['last'],
    valueParts: ['count'],
  }),
]
