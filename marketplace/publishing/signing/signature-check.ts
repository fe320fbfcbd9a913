import type { Audit } from '../../../runtime/audit/audit.ts'
import type { Clock } from '../../../runtime/clock.ts'
import type { InstalledCode } from '../../../runtime/installation-source.ts'
import type { Log } from '../../../runtime/log.ts'
import { PackageRefused } from '../../../runtime/package-refused.ts'
import type { SecretBox } from '../../../runtime/secrets/secret-box.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import type { ServiceErrorCode } from '../../errors.ts'
import { judgeSignature, type SignatureFault } from './judge-signature.ts'
import { packageSignatures, signatureId } from './signing-collections.ts'
import { SIGNING_REASON } from './signing-keys.ts'

/** Rejects with `PackageRefused` unless the marketplace's signature holds for this code, now. Keeps no answer. */
export type SignatureCheck = (code: InstalledCode) => Promise<void>

export interface SignatureCheckDeps {
  store: Store
  clock: Clock
  log: Log
  audit: Audit
  secretBox: SecretBox
}

const CODE = 'PACKAGE_SIGNATURE_INVALID' satisfies ServiceErrorCode
const MINUTE_MS = 60_000
/** Packages of which a refusal is remembered, so that a run that is tried again and again fills no audit trail. */
const REMEMBERED = 1_000

const WORDS: Readonly<Record<SignatureFault, string>> = {
  missing: 'there is none',
  'unknown-key': 'its key is not one of the marketplace',
  'revoked-key': 'its key was revoked, and the package is not signed anew yet',
  wrong: 'it is not a signature of this statement',
  'of-other-facts': 'it is of another package, version or organization',
}

export function createSignatureCheck(deps: SignatureCheckDeps): SignatureCheck {
  const told = new Map<string, number>()

  /** Once for each package and minute. */
  async function tell(code: InstalledCode, fault: SignatureFault): Promise<void> {
    const { organizationId, extension, version, digest } = code
    const minute = Math.floor(deps.clock.now() / MINUTE_MS)
    if (told.get(digest) === minute) return
    told.delete(digest)
    told.set(digest, minute)
    const [oldest] = told.keys()
    if (told.size > REMEMBERED && oldest !== undefined) told.delete(oldest)
    deps.log.error({ digest, extension, version, fault }, 'the signature of a package does not hold')
    await deps.audit.write({
      ...{ organizationId: 'system', actor: 'system:signatures', action: 'package.load', outcome: 'refused' },
      target: `${extension}@${version}`,
      rule: CODE,
      details: { digest, fault, organizationId },
    })
  }

  return async (code) => {
    const fault = await faultOf(deps, code)
    if (fault === undefined) return
    await tell(code, fault)
    const message = `The signature of ${code.extension} ${code.version} does not hold: ${WORDS[fault]}`
    // What is honest is signed anew soon after a key was revoked.
    throw new PackageRefused(CODE, message, { retryable: fault === 'revoked-key' })
  }
}

/** Signed as a release, or as a draft of the organization that asks. */
async function faultOf(deps: SignatureCheckDeps, code: InstalledCode): Promise<SignatureFault | undefined> {
  const { extension: name, version, digest, organizationId: organization } = code
  const handle = deps.store.asSystem(SIGNING_REASON)
  const facts = { name, version, digest }
  const [release, draft] = [signatureId(digest), signatureId(digest, organization)]
  let fault: SignatureFault | undefined = 'missing'
  for (const found of await handle(packageSignatures).getMany([release, draft])) {
    const purpose =
      found._id === release ? ({ purpose: 'release' } as const) : { purpose: 'draft' as const, organization }
    fault = await judgeSignature(deps, handle, found, { ...facts, ...purpose })
    if (fault === undefined) return undefined
  }
  return fault
}
