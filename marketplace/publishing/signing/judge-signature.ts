import type { SecretBox } from '../../../runtime/secrets/secret-box.ts'
import type { Handle } from '../../../runtime/storage/port.ts'
import { ed25519 } from './ed25519.ts'
import { provenKey } from './proven-key.ts'
import { type PackageSignatureDocument, signingKeys } from './signing-collections.ts'
import { type PackageFacts, type Purpose, readStatement } from './statement.ts'

/** Why a signature does not hold. */
export type SignatureFault = 'missing' | 'unknown-key' | 'revoked-key' | 'wrong' | 'of-other-facts'

/** What must be true of a package. */
export type Expected = Pick<PackageFacts, 'digest'> & Partial<PackageFacts>

/** What keeps a signature from vouching for the package: `undefined` when nothing does. */
export async function judgeSignature(
  { secretBox }: { secretBox: SecretBox },
  handle: Handle,
  { kid, statement: text, value }: PackageSignatureDocument,
  expected: Expected & Purpose,
): Promise<SignatureFault | undefined> {
  const key = await handle(signingKeys).get(kid)
  if (key?.state === 'revoked') return 'revoked-key'
  const x = key && provenKey(secretBox, key)
  if (x === undefined) return 'unknown-key'
  return judgeText({ text, value, x }, expected)
}

/** The same without asking whether the key is believed. */
export function judgeText(
  { text, value, x }: { text: string; value: string; x: string },
  expected: Expected & Purpose,
): SignatureFault | undefined {
  const statement = ed25519.verify(x, text, value) ? readStatement(text) : undefined
  if (!statement) return 'wrong'
  const said = new Map<string, unknown>(Object.entries(statement))
  const differs = Object.entries(expected).some(([name, wanted]) => said.get(name) !== wanted)
  return differs ? 'of-other-facts' : undefined
}
