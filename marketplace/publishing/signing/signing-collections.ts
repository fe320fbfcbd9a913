import type { SealedSecret } from '../../../runtime/secrets/secret-box.ts'
import { collection, type Stored } from '../../../runtime/storage/port.ts'

export type SigningKeyState = 'active' | 'retired' | 'revoked'

/** `left` and `at` once all were looked at. */
export type Renewal = { renewed?: number; left?: number; at?: string }

type Sealed = SealedSecret & Record<string, string>

/** A key that packages are signed with; `_id` is its `kid`. */
export interface SigningKeyDocument extends Stored {
  /** `retired` signs no more, and what it signed holds; nothing that a `revoked` key signed does. */
  state: SigningKeyState
  /** On the active key alone: the index lets no second one be made. */
  slot?: 'current'
  /** The public half, as a JWK has it (RFC 8037). */
  x: string
  /** The public half once more, sealed: a key that somebody wrote into the database proves nothing. Until it is revoked. */
  proof?: Sealed
  /** The private half, sealed; as long as it signs. */
  secret?: Sealed
  /** What it signed; also makes a signature and a revocation at the same time meet in one document. */
  signatures: number
  createdAt: string
  retiredAt?: string
  revoked?: { at: string; by: string; reason: string }
  /** What became of its signatures once it was revoked: packages signed anew, and those that could not be. */
  renewal?: Renewal
}

/** `_id`: see `signatureId`. Written once, and again only when it holds no more. */
export interface PackageSignatureDocument extends Stored {
  kid: string
  /** The bytes that are signed: canonical JSON of a `Statement`. */
  statement: string
  /** Ed25519, in base64url. */
  value: string
  /** Raised when the same bytes come again, so that their deletion at the same time meets them in one document. */
  uses: number
}

export const signingKeys = collection<SigningKeyDocument>({
  name: 'signingKeys',
  scope: 'system',
  indexes: {
    bySlot: { fields: ['slot'], unique: true },
    byState: { fields: ['state', 'createdAt'] },
    byCreation: { fields: ['createdAt'] },
  },
})

export const packageSignatures = collection<PackageSignatureDocument>({
  name: 'packageSignatures',
  scope: 'system',
  indexes: { byKey: { fields: ['kid'] } },
})

export const signingCollections = [signingKeys, packageSignatures]

/** The place of a signature: of a release for everybody, of a draft for the organization that it belongs to. */
export function signatureId(digest: string, draftOf?: string): string {
  return draftOf === undefined ? `release:${digest}` : `draft:${draftOf}:${digest}`
}
