import type { Handle } from '../../../runtime/storage/port.ts'
import { packageSignatures, signatureId } from './signing-collections.ts'

/** A signature as outsiders get it, to verify a package with the keys that the marketplace publishes. */
export interface PackageSignature {
  kid: string
  alg: 'EdDSA'
  /** Base64url; over the UTF-8 bytes of `statement`. */
  value: string
  /** JSON: see `Statement`. */
  statement: string
}

/** The signatures of releases, by the digest of the package. */
export async function shownSignatures(
  handle: Handle,
  digests: readonly string[],
): Promise<ReadonlyMap<string, PackageSignature>> {
  const byId = new Map(digests.map((digest) => [signatureId(digest), digest]))
  const found = byId.size > 0 ? await handle(packageSignatures).getMany([...byId.keys()]) : []
  return new Map(
    found.map(({ _id, kid, value, statement }) => [byId.get(_id) ?? '', { kid, alg: 'EdDSA', value, statement }]),
  )
}
