import type { RunEvent } from '../run/run-events.js'
import type { LoadFault } from './rules-folder.js'
import type { Reason } from './standing.js'

/** What a daemon of rules tells as it goes, for a log. */
export type DaemonEvent =
  /** It knows the rules of its folder: at the start, and after each edit. */
  | { readonly kind: 'loaded'; readonly rules: readonly string[]; readonly faults: readonly LoadFault[] }
  /** A rule does not start; told when that is so for another reason than before. */
  | {
      readonly kind: 'skipped'
      readonly rule: string
      readonly sources: readonly string[]
      readonly reasons: readonly Reason[]
      /** The reasons as a sentence. */
      readonly why: string
    }
  /** A run was begun by this daemon; any that works the kitchen's runs does it. */
  | {
      readonly kind: 'started'
      readonly rule: string
      readonly run: string
      readonly sources: readonly string[]
      readonly blobs: number
      readonly files: number
    }
  /** Of a run that this process works. */
  | { readonly kind: 'run'; readonly event: RunEvent }
  /** A notice went out, or did not; `to` names no secrets. */
  | {
      readonly kind: 'notified'
      readonly rule: string
      readonly run: string
      readonly to: string
      readonly error: string | null
    }
  /** The kitchen, the folder, or one rule failed; it is tried again. */
  | { readonly kind: 'fault'; readonly error: unknown }
