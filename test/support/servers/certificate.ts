import { execFile } from 'node:child_process'
import { chmod, chown } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { UNPRIVILEGED } from '../user.js'

/** A certificate that has signed itself, and its key, in files of PEM. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

/** Makes one for a host of this machine, which a server may read whoever it runs as. OpenSSL comes with PostgreSQL on Debian. */
export async function makeCertificate(folder: string, host: 'IP:127.0.0.1' | 'DNS:elsewhere'): Promise<Certificate> {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const whose = ['-subj', '/CN=hob-test', '-addext', `subjectAltName=${host}`]
  await promisify(execFile)('openssl', ['req', ...kind, ...whose, '-keyout', key, '-out', certificate])
  // PostgreSQL refuses a key that others may read.
  await chmod(key, 0o600)
  await chmod(folder, 0o755)
  if (UNPRIVILEGED !== undefined) await chown(key, UNPRIVILEGED, UNPRIVILEGED)
  return { certificate, key }
}
