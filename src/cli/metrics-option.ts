import { type OptionSpec, option, wholeNumber } from './option.js'

/** Where a command that works serves its metrics. */
export const metricsOption: OptionSpec<number | undefined> = option(
  '--metrics <port>',
  'Serve metrics for Prometheus on 127.0.0.1; 0 finds a free port.',
  wholeNumber({ min: 0, max: 65_535 }),
)
