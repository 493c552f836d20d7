import { basename } from 'node:path'
import { BlobError } from '../core/errors.js'

/** What the name of a blob says. */
export interface BlobNameParts {
  /** The file that it came from, in letters, digits, `.`, `_` and `-`. */
  readonly file: string
  /** Its place among the blobs of that file, 0 for the first. */
  readonly index: number
  /** The first 32 hexadecimal digits of the SHA-256 of its content, uncompressed: 128 bits, which nobody meets twice by chance. */
  readonly hash: string
  readonly isCompressed: boolean
}

/** Digits of the hash that a name shows. */
const HASH_DIGITS = 32

/** Characters of the file's name that are kept, so that any file system takes the whole. */
const FILE_LENGTH_MAX = 100

const NAME = /^([A-Za-z0-9._-]{1,100})-(\d{6,9})-([0-9a-f]{32})(\.gz)?$/

/**
 * The name of a blob: `users.csv-000012-0a1b….gz`.
 *
 * @param parts `file` may be any path; `hash` may be longer.
 */
export function blobName({ file, index, hash, isCompressed }: BlobNameParts): string {
  const number = String(index).padStart(6, '0')
  return `${slugOf(file)}-${number}-${hash.slice(0, HASH_DIGITS)}${isCompressed ? '.gz' : ''}`
}

/** What a name says; undefined when it is no name of a blob. */
export function parseBlobName(name: string): BlobNameParts | undefined {
  const [, file, index, hash, gzip] = NAME.exec(name) ?? []
  if (file === undefined || hash === undefined) return undefined
  return { file, index: Number(index), hash, isCompressed: gzip !== undefined }
}

/** The same, where there is nothing to do with another. @throws BlobError `missing`: no such name can be there. */
export function checkBlobName(name: string): BlobNameParts {
  const parts = parseBlobName(name)
  if (parts !== undefined) return parts
  throw new BlobError('missing', `'${name}' is not the name of a blob`, {
    hint: 'It is FILE-INDEX-HASH, as hob blob blobs TAG lists it.',
  })
}

/** The last part of a path without `.gz`, in characters that mean nothing to any shell or file system. */
function slugOf(path: string): string {
  const file = basename(path).replace(/\.gz$/i, '')
  const slug = file
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[.-]+/, '')
    .slice(0, FILE_LENGTH_MAX)
  return slug === '' ? 'blob' : slug
}
