import { fileURLToPath } from 'node:url'
import { BlobError } from '../core/errors.js'
import type { BlobStore } from './blob-store.js'

/**
 * Opens the store of blobs that a URL names. It comes into being with its first blob.
 *
 * @param url `file:FOLDER`, as `file:/srv/blobs` or `file:.hob/blobs`.
 * @throws BlobError `url` when it names no store.
 */
export async function openBlobStore(url: string): Promise<BlobStore> {
  const path = typeof url === 'string' ? folderOf(url) : ''
  if (path === '') {
    throw new BlobError('url', `'${url}' names no store of blobs`, {
      hint: 'Write it like file:.hob/blobs or file:/srv/blobs.',
    })
  }
  const { FolderStore } = await import('./fs/folder-store.js')
  return new FolderStore(path)
}

/** Empty when there is none. */
function folderOf(url: string): string {
  if (url.startsWith('file://')) {
    try {
      return fileURLToPath(url)
    } catch {
      // A host, or a percent sign that means nothing: no folder of ours.
      return ''
    }
  }
  return url.startsWith('file:') ? url.slice('file:'.length) : ''
}
