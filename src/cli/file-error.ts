import { CliError } from './cli-error.js'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EEXIST: 'there is a file of that name',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its symbolic links go round in a circle',
}

/** What the system said about a file, in words: `cannot read orders.csv: there is no such file or folder`. */
export function fileError(verb: 'read' | 'write', path: string, cause: unknown, hint?: string): CliError {
  const { code = '', message = String(cause) } = cause as NodeJS.ErrnoException
  return new CliError('failed', `cannot ${verb} ${path}: ${REASONS[code] ?? message}`, {
    cause,
    ...(hint !== undefined && { hint }),
  })
}
