import type { FileHandle } from '@annex/sdk/context'
import { type Result, refusal, success } from '../result.ts'
import { openOwnBlob } from '../storage/own-blob.ts'
import { files, fileUsage } from './file-documents.ts'
import { type FileOwner, type FilesDependencies, fillPlace, fullMessage, takePlace } from './file-place.ts'

/** Files that pass from host to host; an extension holds their handles only. */
export interface Files {
  /** A place for one more file; `QUOTA_EXCEEDED`. */
  reserve(organizationId: string, installationId: string): Promise<Result<FilePlace>>
  /** `NOT_FOUND` for what expired, and for what is another installation's or organization's. */
  openFile(organizationId: string, installationId: string, id: string): Promise<Result<OpenFile>>
  /** Deletes what has expired. */
  sweep(): Promise<void>
  /** Deletes all that an installation keeps. */
  erase(organizationId: string, installationId: string): Promise<void>
}

/** Either `fill` resolves, or `drop` is called. */
export interface FilePlace {
  /** Bytes that the installation may still store. */
  room: number
  /** Stores bytes as they come. Throws `DenialError` when they are too many, and what the source or the store throws. */
  fill(bytes: AsyncIterable<Uint8Array>, type: string): Promise<FileHandle>
  /** Leaves nothing behind. */
  drop(): Promise<void>
}

export interface OpenFile {
  file: FileHandle
  /** From its beginning at each call. */
  stream(): AsyncIterable<Uint8Array>
}

const AT_ONCE = 100

export function createFiles(deps: FilesDependencies): Files {
  const { store, clock } = deps

  /**
   * Marked first, so that no bytes come to it meanwhile; then the blob, then the row: a process that dies in between tries
   * again, and deleting twice is no harm. With `expiredAt` only if it has still expired by then.
   */
  async function letGo(organizationId: string, id: string, expiredAt = '9'): Promise<void> {
    const marked = await store.tx(async (tx) => {
      const mine = tx.forOrganization(organizationId)(files)
      const file = await mine.get(id)
      if (!file || file.expiresAt > expiredAt) return undefined
      return mine.patch(id, { set: { leaving: true, expiresAt: clock.iso() } })
    })
    if (!marked) return
    if (marked.blob !== undefined) await store.blobs.delete(marked.blob)
    await store.tx(async (tx) => {
      const of = tx.forOrganization(organizationId)
      if (!(await of(files).delete(id))) return
      await of(fileUsage).increment(marked.installationId, 'files', -1)
      await of(fileUsage).increment(marked.installationId, 'bytes', -marked.size)
    })
  }

  async function letGoOf({ organizationId, installationId }: FileOwner, expiredAt?: string): Promise<void> {
    const mine = store.forOrganization(organizationId)(files)
    const expired = expiredAt === undefined ? {} : { expiresAt: { $lte: expiredAt } }
    for (;;) {
      const { data } = await mine.find({ where: { installationId, ...expired }, limit: AT_ONCE })
      for (const { _id: id } of data) await letGo(organizationId, id, expiredAt)
      if (data.length < AT_ONCE) return
    }
  }

  return {
    async reserve(organizationId, installationId) {
      const owner = { organizationId, installationId }
      let place = await takePlace(deps, owner)
      if (!place) {
        await letGoOf(owner, clock.iso())
        place = await takePlace(deps, owner)
      }
      if (!place) return refusal('QUOTA_EXCEEDED', fullMessage())
      const { id, room } = place
      return success({
        room,
        fill: (bytes, type) => fillPlace(deps, { ...owner, id, type }, bytes),
        drop: () => letGo(organizationId, id),
      })
    },
    async openFile(organizationId, installationId, id) {
      const file = await store.forOrganization(organizationId)(files).get(id)
      const blob = file?.blob
      if (!file || blob === undefined || file.installationId !== installationId || file.expiresAt <= clock.iso()) {
        return refusal('NOT_FOUND', 'there is no such file, or it has expired')
      }
      const { size, type, digest } = file
      return success({ file: { id, size, type, digest }, stream: () => openOwnBlob(store.blobs, blob) })
    },
    async sweep() {
      const everyTenant = store.asSystem('files of every organization are kept for a limited time')(files)
      for (;;) {
        const now = clock.iso()
        const { data } = await everyTenant.find({ where: { expiresAt: { $lte: now } }, limit: AT_ONCE })
        for (const { _id: id, organizationId = '' } of data) await letGo(organizationId, id, now)
        if (data.length < AT_ONCE) return
      }
    },
    async erase(organizationId, installationId) {
      await letGoOf({ organizationId, installationId })
      await store.forOrganization(organizationId)(fileUsage).delete(installationId)
    },
  }
}
