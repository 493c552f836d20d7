import { readFileSync } from 'node:fs'
import { KitchenError } from '../core/errors.js'

/**
 * The certificates of whom a URL says that servers are to be trusted by.
 *
 * @param setting What the URL calls it.
 * @throws KitchenError `url` when the file cannot be read.
 */
export function readTrustedRoots(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new KitchenError('url', `cannot read ${setting} ${file}`, { hint: 'Name a file in PEM format.', cause })
  }
}
