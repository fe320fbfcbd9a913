import { type SecretBox, SecretBoxError } from '../../../runtime/secrets/secret-box.ts'
import type { SigningKeyDocument } from './signing-collections.ts'

/** What the sealed halves of a key belong to: copied to another key they do not open. */
export const secretContext = (kid: string): string => `signing key ${kid}`
export const proofContext = (kid: string): string => `verification key ${kid}`

/** The public half, if this service made the key: whoever has the database alone could have put another there. */
export function provenKey(secretBox: SecretBox, { _id, x, proof }: SigningKeyDocument): string | undefined {
  if (!proof) return undefined
  try {
    return secretBox.open(proof, proofContext(_id)) === x ? x : undefined
  } catch (error) {
    if (error instanceof SecretBoxError) return undefined
    throw error
  }
}
