import { distinct } from './rules/distinct.mjs'
import { finance } from './rules/finance.mjs'
import { names } from './rules/names.mjs'

/** `hob rule run` as a whole process beside programs and loops that people would use for the same answer. */
export const benchmarks = [names, finance, distinct]

/** Nothing stays open. */
export const close = () => {}
