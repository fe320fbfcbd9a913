import { createHash } from 'node:crypto'
import type { Store } from '../../runtime/storage/port.ts'

/** Bytes of packages that are kept in memory, all together. */
const KEPT_BYTES = 32 * 1024 * 1024

/** Packages by digest. They never change, so what was read and found sound is kept for those who ask next. */
export interface PackageBytes {
  /** Throws when they are not stored, or damaged. */
  get(digest: string): Promise<Uint8Array>
}

export function createPackageBytes({ blobs }: Pick<Store, 'blobs'>, limit = KEPT_BYTES): PackageBytes {
  const kept = new Map<string, Uint8Array>()
  let size = 0

  function keep(digest: string, bytes: Uint8Array): void {
    if (kept.has(digest)) return
    kept.set(digest, bytes)
    size += bytes.byteLength
    // The first one in the map is the one that was not asked for longest.
    for (const [oldest, { byteLength }] of kept) {
      if (size <= limit) return
      kept.delete(oldest)
      size -= byteLength
    }
  }

  return {
    async get(digest) {
      const known = kept.get(digest)
      if (known) {
        kept.delete(digest)
        kept.set(digest, known)
        return known
      }
      const bytes = await blobs.get(digest)
      if (!bytes) throw new Error(`the package ${digest} is not stored`)
      if (createHash('sha256').update(bytes).digest('hex') !== digest)
        throw new Error(`the stored bytes of the package ${digest} do not have its digest`)
      keep(digest, bytes)
      return bytes
    },
  }
}
