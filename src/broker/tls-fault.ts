/** Where a URL says who is trusted: `?cacert=FILE` of Redis, `?sslrootcert=FILE` of PostgreSQL. */
type TrustSetting = 'cacert' | 'sslrootcert'

/** What made a connection by TLS fail. */
export interface TlsFault {
  /** Behind `cannot reach HOST`: `its certificate is not trusted (self-signed certificate)`. */
  readonly reason: string
  readonly hint: string
}

/** Of certificates; what Node says in `code`: https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_(UNTRUSTED|REJECTED|SIGNATURE|CHAIN)/
const EXPIRED = /CERT_(HAS_EXPIRED|NOT_YET_VALID)/

/** @param error What the driver reports of a connection. @returns Null when it is not for TLS that it failed. */
export function tlsFault(error: unknown, setting: TrustSetting): TlsFault | null {
  if (!(error instanceof Error)) return null
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (UNTRUSTED.test(code)) {
    const hint = `Name the file with the certificate of who signed it (PEM): ?${setting}=FILE`
    return { reason: `its certificate is not trusted (${error.message})`, hint }
  }
  if (EXPIRED.test(code)) return { reason: `its certificate is of another time (${error.message})`, hint: 'Renew it.' }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return { reason: 'its certificate is for another host', hint: 'Write the host as the certificate names it.' }
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || /does not support SSL/.test(error.message)) {
    return { reason: 'it does not speak TLS there', hint: 'Name its port for TLS, or leave TLS out of the URL.' }
  }
  return null
}
