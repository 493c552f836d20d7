/** Records of tags stand under this prefix: `tag/TAG/BLOB`. */
export const TAG_PREFIX = 'tag/'

/** What the record of a blob under a tag says, as JSON. */
export interface TaggedBlob {
  /** Bytes of the content, uncompressed. */
  readonly bytes: number
  /** Bytes as stored. */
  readonly storedBytes: number
  /** Records in it: lines, or rows of a CSV without its header; null when nobody counted. */
  readonly records: number | null
  /** SHA-256 of the uncompressed content, in hexadecimal. */
  readonly hash: string
  /** When it came under this tag, in milliseconds since 1970. */
  readonly taggedMs: number
}

/** A blob and the tag that it was found under. */
export interface BlobUnderTag extends TaggedBlob {
  readonly tag: string
  readonly name: string
}
