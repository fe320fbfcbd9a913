/** Why an archive cannot be read on: found while its bytes are walked, reported by the rule of that id. */
export interface ArchiveFault {
  rule: 'PKG-01' | 'PKG-02' | 'PKG-03' | 'PKG-04' | 'PKG-05' | 'PKG-06' | 'PKG-10'
  message: string
  /** Path as the archive has it. */
  path?: string
}

/** One file or folder of the archive. */
export interface ArchiveEntry {
  /** As the archive has it, `package/` included; a folder without its closing slash. */
  path: string
  type: 'file' | 'folder'
  /** The permission bits, set-id and sticky bits included. */
  mode: number
  /** Whether the header names a user or a group other than root. */
  owned: boolean
  /** A view into the unpacked archive; empty for a folder. */
  data: Uint8Array
}

/** What was read before the walk ended. With faults the list of entries is short. */
export interface Archive {
  entries: ArchiveEntry[]
  faults: ArchiveFault[]
  /** SHA-256 (hex) of the compressed bytes, readable or not. */
  digest: string
  /** Bytes of the unpacked archive. */
  unpacked: number
}
