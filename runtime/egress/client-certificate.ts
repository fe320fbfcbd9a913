import { createHash } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { DenialError, denial } from './denial.ts'
import { matchesHost } from './host-pattern.ts'
import type { BoundInjection } from './inject-credentials.ts'

/** What a client shows of itself in TLS; all in PEM. */
export interface ClientCertificate {
  certificate: string
  privateKey: string
  passphrase?: string
}

/**
 * The certificate that is bound to the host of `url`; called anew for each hop, like the other credentials. Throws
 * `DenialError` when it is not configured, or when there would be no TLS to show it in.
 */
export function certificateFor(url: URL, injections: readonly BoundInjection[]): ClientCertificate | undefined {
  const bound = injections.find(
    ({ injection: { in: where, host } }) => where === 'mtls' && matchesHost(host, url.hostname),
  )
  if (!bound) return undefined
  if (url.protocol !== 'https:') {
    const message = `${url.hostname} gets a client certificate, which needs https`
    throw new DenialError(denial('EGRESS_DENIED', 'certificate-without-tls', message))
  }
  const { certificate, privateKey, passphrase } = bound.values
  if (!certificate || !privateKey) throw refused('the client certificate is not configured')
  return { certificate, privateKey, ...(passphrase ? { passphrase } : {}) }
}

/** Names a certificate with its key without telling either. */
export function certificateId({ certificate, privateKey, passphrase = '' }: ClientCertificate): string {
  return createHash('sha256')
    .update(JSON.stringify([certificate, privateKey, passphrase]))
    .digest('hex')
}

/** Throws `DenialError` when OpenSSL cannot read it; why it cannot may quote the key and is not told. */
export function contextWith({ certificate, privateKey, passphrase }: ClientCertificate, ca: string[]): SecureContext {
  try {
    return createSecureContext({
      cert: certificate,
      key: privateKey,
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(ca.length === 0 ? {} : { ca }),
    })
  } catch {
    throw refused('the client certificate or its private key cannot be read, or they do not belong together')
  }
}

function refused(message: string): DenialError {
  return new DenialError(denial('AUTHENTICATION_FAILED', 'credential', message))
}
