import { randomBytes } from 'node:crypto'
import type { FileHandle } from '@annex/sdk/context'
import { type Clock, isoPlus } from '../clock.ts'
import { DenialError, denial } from '../egress/denial.ts'
import { putOwnBlob } from '../storage/own-blob.ts'
import type { Handle, Store } from '../storage/port.ts'
import { FILE_LIMITS, type FileDocument, files, fileUsage } from './file-documents.ts'

export interface FileOwner {
  organizationId: string
  installationId: string
}

export interface FilesDependencies {
  store: Store
  clock: Clock
}

/** Counts one more file and answers its id, with the bytes that the installation may still store; nothing if it is full. */
export function takePlace(
  { store, clock }: FilesDependencies,
  { organizationId, installationId }: FileOwner,
): Promise<{ id: string; room: number } | undefined> {
  return store.tx(async (tx) => {
    const of = tx.forOrganization(organizationId)
    const usage = await of(fileUsage).get(installationId)
    const room = FILE_LIMITS.bytes - (usage?.bytes ?? 0)
    if ((usage?.files ?? 0) >= FILE_LIMITS.files || room <= 0) return undefined
    await of(fileUsage).increment(installationId, 'files')
    // Unguessable, though a foreign one would open nothing.
    const _id = `file_${randomBytes(16).toString('hex')}`
    const expiresAt = isoPlus(clock.iso(), FILE_LIMITS.receivingMs)
    await of(files).insert({ _id, installationId, size: 0, type: '', digest: '', expiresAt })
    return { id: _id, room }
  })
}

/** The document learns of its blob before there is one. */
export async function fillPlace(
  { store, clock }: FilesDependencies,
  { id, type, ...owner }: FileOwner & { id: string; type: string },
  bytes: AsyncIterable<Uint8Array>,
): Promise<FileHandle> {
  const { size, digest } = await putOwnBlob(store.blobs, bytes, async (own) => {
    const expiresAt = isoPlus(clock.iso(), FILE_LIMITS.keepMs)
    await store.tx((tx) =>
      settle(tx.forOrganization(owner.organizationId), owner.installationId, { ...own, id, type, expiresAt }),
    )
  })
  return { id, size, type, digest }
}

async function settle(
  of: Handle,
  installationId: string,
  { id, size, ...rest }: FileHandle & Pick<FileDocument, 'expiresAt'> & { blob: string },
): Promise<void> {
  const bytes = await of(fileUsage).increment(installationId, 'bytes', size)
  const place = await of(files).get(id)
  const patched = !place?.leaving && (await of(files).patch(id, { set: { size, ...rest } }))
  if (!patched) throw new DenialError(denial('CANCELLED', 'file-gone', 'the installation was removed in the meantime'))
  if (bytes > FILE_LIMITS.bytes) throw new DenialError(denial('QUOTA_EXCEEDED', 'file-quota', fullMessage()))
}

export function fullMessage(): string {
  return `an installation keeps at most ${FILE_LIMITS.files} files of ${FILE_LIMITS.bytes} bytes together`
}
