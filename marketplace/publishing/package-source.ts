import { createHash } from 'node:crypto'
import type { PackageCode, PackageSource } from '../../runtime/installation-source.ts'
import type { Log } from '../../runtime/log.ts'
import type { CheckResult } from '../../runtime/sandbox/check-process.ts'
import type { BlobStore } from '../../runtime/storage/port.ts'
import type { SignatureCheck } from './signing/signature-check.ts'

/** Packages whose code is kept: the sandbox's children keep what they run themselves. */
const KEPT = 16

export interface PackageSourceDeps {
  blobs: BlobStore
  /** Asked on every call, also for code that is kept. */
  signatures: SignatureCheck
  /** Takes the code out of an archive in a caged process. */
  extract(bytes: Uint8Array): Promise<CheckResult<PackageCode>>
  log: Log
}

/**
 * The code of packages by digest. The signature is checked on every call, the bytes against their digest on every reading
 * from the store.
 */
export function createPackageSource(deps: PackageSourceDeps): PackageSource {
  const kept = new Map<string, Promise<PackageCode | undefined>>()

  async function code(digest: string): Promise<PackageCode | undefined> {
    const known = kept.get(digest)
    if (known) {
      // Moved to the end: the first one in the map is the one that was not asked for longest.
      kept.delete(digest)
      kept.set(digest, known)
      return known
    }
    const loading = read(deps, digest)
    kept.set(digest, loading)
    const [oldest] = kept.keys()
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
    return loading.then(
      (code) => keepOnlyFound(digest, code),
      (error: unknown) => {
        kept.delete(digest)
        throw error
      },
    )
  }

  function keepOnlyFound(digest: string, code: PackageCode | undefined): PackageCode | undefined {
    if (!code) kept.delete(digest)
    return code
  }

  return {
    async load(digest, installed) {
      await deps.signatures({ ...installed, digest })
      return code(digest)
    },
  }
}

async function read({ blobs, extract, log }: PackageSourceDeps, digest: string): Promise<PackageCode | undefined> {
  const bytes = await blobs.get(digest)
  if (!bytes) return undefined
  if (createHash('sha256').update(bytes).digest('hex') !== digest) {
    log.error({ digest }, 'the stored bytes of a package do not have its digest')
    return undefined
  }
  const extracted = await extract(bytes)
  if (!extracted.ok) throw new Error(`the code of ${digest} could not be read: ${extracted.message}`)
  if (extracted.value.digest !== digest) throw new Error(`the check child answered for another package than ${digest}`)
  return extracted.value
}
