import { distinct } from './rules/distinct.mjs'
import { finance, financeAmounts } from './rules/finance.mjs'
import { functions } from './rules/functions.mjs'
import { headline } from './rules/headline.mjs'
import { names } from './rules/names.mjs'
import { startUp } from './rules/start-up.mjs'

/** `hob rule run` as a whole process beside programs and loops that people would use for the same answer. */
export const benchmarks = [startUp, names, finance, financeAmounts, distinct, functions, headline]

/** Nothing stays open. */
export const close = () => {}
