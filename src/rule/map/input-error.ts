import { RuleError } from '../../core/errors.js'
import type { InputFile } from '../input.js'

/** What is known besides of an input that cannot be read. */
export interface InputErrorOptions {
  readonly cause?: unknown
  /** What to do about a file. */
  readonly hint?: string
}

/** What cannot be read, in words that fit a blob as well as a file. */
export function inputError(
  input: Pick<InputFile, 'name' | 'tag' | 'file'>,
  what: string,
  { cause, hint: own }: InputErrorOptions = {},
): RuleError {
  const isBlob = input.tag !== null
  const hint = isBlob
    ? `Put the content back into the store and check it with 'hob blob verify', or leave the blob out: hob blob untag ${input.tag} ${input.name}`
    : (own ?? 'Check the path, and that nobody changes the file while it is read.')
  return new RuleError('input', `${isBlob ? 'blob ' : ''}${input.name}: ${what}`, { hint, cause })
}

/** What a failed call of the file system or of zlib means to who reads an input; anything else is thrown as it is. */
export function readError(input: InputFile, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (code === undefined || error instanceof RuleError) return error
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return inputError(input, `there is no file ${input.file}`, { cause: error })
  if (code === 'EISDIR') return inputError(input, `${input.file} is a folder`, { cause: error })
  if (code === 'EACCES' || code === 'EPERM')
    return inputError(input, `no permission to read ${input.file}`, { cause: error })
  if (code.startsWith('Z_')) {
    return inputError(input, `its gzip is damaged: ${(error as Error).message}`, {
      cause: error,
      hint: 'Fetch or make the file anew.',
    })
  }
  return code.startsWith('E')
    ? inputError(input, `cannot be read: ${(error as Error).message}`, { cause: error })
    : error
}
