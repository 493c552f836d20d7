/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A JSON document as text. Stores keep it as it is; only the ends of the line parse it. */
export type JsonText = string

/**
 * Parses text from outside. A `__proto__` member stays an ordinary own property, so that the result
 * cannot carry a prototype; readers copy members with `Object.entries`, never with assignment to a plain object.
 *
 * @throws SyntaxError when the text is not JSON.
 */
export const parseJson = (text: JsonText): Json => JSON.parse(text) as Json
