import type { Clock } from '../../../runtime/clock.ts'
import type { SecretBox } from '../../../runtime/secrets/secret-box.ts'
import type { Handles } from '../../../runtime/storage/port.ts'
import type { DraftDocument } from '../drafts-collection.ts'
import type { VersionDocument } from '../publishing-collections.ts'
import { judgeSignature } from './judge-signature.ts'
import { packageSignatures, signatureId } from './signing-collections.ts'
import { SIGNING_REASON, type SigningKeys } from './signing-keys.ts'
import { type PackageFacts, type Purpose, statementText } from './statement.ts'

/** A package as versions and drafts name it. */
export type SignedPackage = Pick<VersionDocument | DraftDocument, 'extension' | 'version' | 'digest' | 'size'> & {
  manifestDigest: string
}

/** Signs in the commit that lets a package be installed. `ready` comes before the transaction. */
export interface PackageSigner {
  ready(): Promise<void>
  release(handles: Handles, version: SignedPackage): Promise<void>
  draft(handles: Handles, organization: string, draft: SignedPackage): Promise<void>
}

interface SignerDeps {
  clock: Clock
  keys: SigningKeys
  secretBox: SecretBox
}

export function createPackageSigner(deps: SignerDeps): PackageSigner {
  return {
    ready: () => deps.keys.ready(),
    release: (handles, version) => keep(deps, handles, version, { purpose: 'release' }),
    draft: (handles, organization, draft) => keep(deps, handles, draft, { purpose: 'draft', organization }),
  }
}

export function factsOf({ extension: name, version, digest, size, manifestDigest }: SignedPackage): PackageFacts {
  return { name, version, digest, size, manifestDigest }
}

/** A signature that holds stays as it is: the same bytes as a draft may come again. */
async function keep(deps: SignerDeps, handles: Handles, signed: SignedPackage, purpose: Purpose): Promise<void> {
  const handle = handles.asSystem(SIGNING_REASON)
  const facts = factsOf(signed)
  const _id = signatureId(facts.digest, purpose.purpose === 'draft' ? purpose.organization : undefined)
  const before = await handle(packageSignatures).get(_id)
  if (before && !(await judgeSignature(deps, handle, before, { ...facts, ...purpose }))) {
    await handle(packageSignatures).patch(_id, { inc: { uses: 1 } })
    return
  }
  const signature = await deps.keys.sign(handle, (kid) =>
    statementText(facts, purpose, { signedAt: deps.clock.iso(), kid }),
  )
  await handle(packageSignatures).put({ _id, ...signature, uses: 1 })
}
