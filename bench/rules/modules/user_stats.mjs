import { count, jsonLines, rule } from 'hob'

const valueParts = ['count', 'seconds', 'credits']

export default [
  rule({
    name: 'user_stats',
    sourceTags: 'incoming:server01:chunk:user',
    maxBlobs: 4_000,
    input: jsonLines(),
    partsPreprocess: [count],
    keysets: {
      user_stats_daily: { keyParts: ['day', 'user'], valueParts },
      by_user: { keyParts: ['user'], valueParts },
      by_country: { keyParts: ['country'], valueParts },
      by_day_and_task: { keyParts: ['day', 'task'], valueParts },
      by_country_and_task: { keyParts: ['country', 'task'], valueParts },
    },
  }),
]
