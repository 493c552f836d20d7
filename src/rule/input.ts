/**
 * A part of the input that one task can read alone. Cut at record boundaries: a piece of JSON lines begins behind the first line end
 * at or after `from - 1`, and ends with the line that begins before `to`.
 */
export interface Piece {
  /** What people know it by: the blob's name, or the file as it was given. */
  readonly name: string
  /** The tag that it was found under; null for a file. */
  readonly tag: string | null
  /** Where its bytes are. */
  readonly file: string
  /** Its first bytes, uncompressed; 0 and the file's size unless it is a part of a plain file. */
  readonly from: number
  readonly to: number
  /** The number of its first line in the file, where it is known; else lines are told by byte. Null: not known. */
  readonly firstLine: number | null
  /** `jsonResults`: rows that another rule made, as Parquet. */
  readonly kind: 'input' | 'jsonResults'
  /** SHA-256 of the content as the tag tells it, to check while reading; null for a file or a part of one. */
  readonly hash: string | null
}

/** A file or blob to be read, before it is cut into pieces; `input` unless it says otherwise. */
export type InputFile = Pick<Piece, 'name' | 'tag' | 'file' | 'hash'> & Partial<Pick<Piece, 'kind'>>
