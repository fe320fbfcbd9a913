import type { FileHandle } from '@annex/sdk/context'
import { type Result, refusal, success } from '../result.ts'
import { openOwnBlob } from '../storage/own-blob.ts'
import { type FileDocument, files, fileUsage } from './file-documents.ts'
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

  /** The blob first: a process that dies in between tries again, and deleting twice is no harm. */
  async function letGo({ organizationId, ...file }: FileOwner & FileDocument): Promise<void> {
    if (file.blob !== undefined) await store.blobs.delete(file.blob)
    await store.tx(async (tx) => {
      const of = tx.forOrganization(organizationId)
      if (!(await of(files).delete(file._id))) return
      await of(fileUsage).increment(file.installationId, 'files', -1)
      await of(fileUsage).increment(file.installationId, 'bytes', -file.size)
    })
  }

  async function letGoOf(owner: FileOwner, where: { expiresAt?: { $lte: string } }): Promise<void> {
    const mine = store.forOrganization(owner.organizationId)(files)
    const query = { where: { installationId: owner.installationId, ...where }, limit: AT_ONCE }
    for (;;) {
      const { data } = await mine.find(query)
      for (const file of data) await letGo({ ...file, ...owner })
      if (data.length < AT_ONCE) return
    }
  }

  return {
    async reserve(organizationId, installationId) {
      const owner = { organizationId, installationId }
      let place = await takePlace(deps, owner)
      if (!place) {
        await letGoOf(owner, { expiresAt: { $lte: clock.iso() } })
        place = await takePlace(deps, owner)
      }
      if (!place) return refusal('QUOTA_EXCEEDED', fullMessage())
      const { id, room } = place
      return success({
        room,
        fill: (bytes, type) => fillPlace(deps, { ...owner, id, type }, bytes),
        async drop() {
          const file = await store.forOrganization(organizationId)(files).get(id)
          if (file) await letGo({ ...file, ...owner })
        },
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
        const { data } = await everyTenant.find({ where: { expiresAt: { $lte: clock.iso() } }, limit: AT_ONCE })
        for (const file of data) await letGo({ ...file, organizationId: file.organizationId ?? '' })
        if (data.length < AT_ONCE) return
      }
    },
    async erase(organizationId, installationId) {
      await letGoOf({ organizationId, installationId }, {})
      await store.forOrganization(organizationId)(fileUsage).delete(installationId)
    },
  }
}
