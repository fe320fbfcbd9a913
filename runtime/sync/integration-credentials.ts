import type { SealedSecret, SecretBox } from '../secrets/secret-box.ts'
import type { Integration } from './integration.ts'

/** Sealed so that it opens for this integration alone: copied to another row it is worthless. */
export function sealCredentials(
  secretBox: SecretBox,
  integrationId: string,
  credentials: Record<string, string>,
): SealedSecret {
  return secretBox.seal(JSON.stringify(credentials), integrationId)
}

/** In clear, for the length of one call: never keep, log or answer them. */
export function credentialsOf(
  secretBox: SecretBox,
  { _id, credentials }: Pick<Integration, '_id' | 'credentials'>,
): Record<string, string> {
  return credentials === undefined ? {} : JSON.parse(secretBox.open(credentials, _id))
}
