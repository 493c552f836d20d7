import { errorText } from '../../queue/thrown.js'

/** A record that a function gave which is none: the reason is told as it stands. */
export class RowFault extends Error {}

/** Which of a rule's functions runs, so that it can be told when one throws. */
export interface Running {
  name: string
}

/** Why a record is set aside for which a function threw. */
export function reasonOf(thrown: unknown, running: Running): string {
  return thrown instanceof RowFault
    ? `${running.name}: ${thrown.message}`
    : `${running.name} threw ${errorText(thrown)}`
}

/** What people know a function by: its own name, or where it stands in the rule. */
export const functionName = (own: { readonly name: string }, place: string): string =>
  own.name === '' || own.name === 'anonymous' ? place : own.name
