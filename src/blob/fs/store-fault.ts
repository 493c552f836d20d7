import { BlobError, type BlobErrorCode } from '../../core/errors.js'

const CODES: Readonly<Record<string, readonly [code: BlobErrorCode, says: string, hint: string]>> = {
  ENOSPC: ['full', 'no room is left', 'Free some disk space, or name another store. What was stored before is whole.'],
  EDQUOT: ['full', 'the disk quota is used up', 'Free some disk space, or name another store.'],
  EFBIG: ['full', 'the file system takes no file so large', 'Make smaller blobs, or name another store.'],
  EACCES: ['denied', 'permission denied', 'Check who may write there.'],
  EPERM: ['denied', 'permission denied', 'Check who may write there.'],
  EROFS: ['denied', 'the file system is read-only', 'Name another store.'],
  ENOTDIR: ['denied', 'a part of its path is no folder', 'Name a folder.'],
  EEXIST: ['denied', 'a part of its path is no folder', 'Name a folder.'],
}

/** What a file system said, in the words of blobs; an error that is no file system's stays what it is. */
export function storeFault(folder: string, cause: unknown): unknown {
  const { code, syscall } = cause as NodeJS.ErrnoException
  if (!(cause instanceof Error) || code === undefined || syscall === undefined) return cause
  const [kind, says, hint] = CODES[code] ?? ['fault', cause.message, 'Check the disk that holds the store.']
  return new BlobError(kind, `the store of blobs in ${folder}: ${says}`, { hint, cause })
}

/** Whether a file system said that there is no such file. */
export const isMissing = (cause: unknown): boolean => (cause as NodeJS.ErrnoException).code === 'ENOENT'
