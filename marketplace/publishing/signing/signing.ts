import { createPackageSigner, type PackageSigner } from './package-signer.ts'
import { createRenewJob } from './renew-signatures.ts'
import { createSignatureCheck, type SignatureCheck, type SignatureCheckDeps } from './signature-check.ts'
import { createSigningKeys, RENEW_JOB, type SigningKeys, type SigningKeysDeps } from './signing-keys.ts'

/** The marketplace's signature on every package: made where it may be installed from, looked at before it is loaded. */
export interface Signing {
  keys: SigningKeys
  signer: PackageSigner
  check: SignatureCheck
}

/** Registers its job: to be made before the queue starts. */
export function createSigning(deps: SigningKeysDeps & SignatureCheckDeps): Signing {
  const keys = createSigningKeys(deps)
  const signer = createPackageSigner({ ...deps, keys })
  deps.jobs.register(RENEW_JOB, createRenewJob({ ...deps, signer }))
  return { keys, signer, check: createSignatureCheck(deps) }
}
