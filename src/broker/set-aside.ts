import { CRASHES_MAX } from '../core/limits.js'

/** The error text of a job that crashed too often (law 7); one text, so that every engine tells the same story. */
export const SET_ASIDE_ERROR: string = `set aside after ${CRASHES_MAX} crashes: each time its lease ended without an outcome`
