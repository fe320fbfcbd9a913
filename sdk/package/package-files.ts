import { createHash } from 'node:crypto'
import type { Archive } from './archive/archive-fault.ts'

export const ROOT = 'package/'

/** A package in memory, its archive sound. */
export interface PackageFiles {
  /** Contents by path, without `package/`, in the order of the archive. */
  files: ReadonlyMap<string, Uint8Array>
  /** SHA-256 (hex) of the .tgz. */
  digest: string
  /** Bytes of the .tgz. */
  size: number
  /** Bytes of the tar inside. */
  unpacked: number
}

/** The files of an archive in which no rule found an error. */
export function packageFiles(bytes: Uint8Array, archive: Archive): PackageFiles {
  const files = new Map<string, Uint8Array>()
  for (const entry of archive.entries) {
    if (entry.type === 'file') files.set(entry.path.slice(ROOT.length), entry.data)
  }
  return { files, digest: archive.digest, size: bytes.length, unpacked: archive.unpacked }
}

/** SHA-256 in hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}
