import { type Clock, isoPlus } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { type Result, refusal, success } from '../result.ts'
import { putOwnBlob } from '../storage/own-blob.ts'
import type { Store, Transaction } from '../storage/port.ts'
import { type ContentDocument, contents, contentUsage, type StoredContent } from './content-documents.ts'

export const CONTENT_LIMITS = {
  /** Of one record. */
  bytes: 64 * 1024 * 1024,
  /** Of an organization, what waits to be deleted included. */
  contents: 100_000,
  organizationBytes: 8 * 1024 * 1024 * 1024,
  /** For bytes that are still coming: longer than a transfer may take. */
  receivingMs: 10 * 60_000,
} as const

/** Bytes on their way to a record. */
export interface ContentSource {
  /** The media type that the sender said. */
  type: string
  open(): AsyncIterable<Uint8Array>
}

/** The bytes of records: each record's are its own, and are gone with it. */
export interface Contents {
  /** Stores the bytes for a record that `keepContent` is to name; `QUOTA_EXCEEDED`. Rejects with what the source throws. */
  receive(organizationId: string, source: ContentSource): Promise<Result<StoredContent>>
  /** Takes back what was received and not kept. */
  drop(organizationId: string, content: StoredContent): Promise<void>
  /** Deletes what no record has any more, and what never came to one. */
  sweep(): Promise<void>
}

/** Part of the commit that writes the record. Throws when the bytes are gone: they took too long. */
export async function keepContent(tx: Transaction, organizationId: string, { id }: StoredContent): Promise<void> {
  const mine = tx.forOrganization(organizationId)(contents)
  const content = await mine.get(id)
  const kept = !content?.leaving && (await mine.patch(id, { unset: ['expiresAt'] }))
  if (!kept) throw new Error(`the content ${id} is gone`)
}

/** Part of the commit that removes the record. The bytes are deleted a little later. */
export async function releaseContent(
  tx: Transaction,
  organizationId: string,
  { id }: StoredContent,
  at: string,
): Promise<void> {
  await tx
    .forOrganization(organizationId)(contents)
    .patch(id, { set: { expiresAt: at } })
}

const AT_ONCE = 100

class TooMuch extends Error {}

export function createContents({ store, clock, ids }: { store: Store; clock: Clock; ids: Ids }): Contents {
  /** Counts one more and answers its id; nothing if the organization is full. */
  function takePlace(organizationId: string): Promise<string | undefined> {
    const id = ids('cnt')
    return store.tx(async (tx) => {
      const of = tx.forOrganization(organizationId)
      const usage = await of(contentUsage).get(organizationId)
      if ((usage?.contents ?? 0) >= CONTENT_LIMITS.contents) return undefined
      if ((usage?.bytes ?? 0) >= CONTENT_LIMITS.organizationBytes) return undefined
      await of(contentUsage).increment(organizationId, 'contents')
      await of(contents).insert({ _id: id, size: 0, expiresAt: isoPlus(clock.iso(), CONTENT_LIMITS.receivingMs) })
      return id
    })
  }

  async function fill(organizationId: string, id: string, { type, open }: ContentSource): Promise<StoredContent> {
    const own = await putOwnBlob(store.blobs, upTo(CONTENT_LIMITS.bytes, open()), ({ blob, size }) =>
      store.tx(async (tx) => {
        const of = tx.forOrganization(organizationId)
        const bytes = await of(contentUsage).increment(organizationId, 'bytes', size)
        if (bytes > CONTENT_LIMITS.organizationBytes) throw new TooMuch(fullMessage)
        const place = await of(contents).get(id)
        if (!place || place.leaving) throw new TooMuch('it took too long')
        await of(contents).patch(id, { set: { blob, size } })
      }),
    )
    return { id, type, ...own }
  }

  /**
   * Marked first, so that no record comes to have bytes that are about to go; then the blob, then the row: a process that
   * dies in between tries again, and deleting twice is no harm.
   */
  async function letGo(organizationId: string, id: string, expiredAt?: string): Promise<void> {
    const marked = await store.tx((tx) => mark(tx, { organizationId, id, at: clock.iso(), expiredAt }))
    if (!marked) return
    if (marked.blob !== undefined) await store.blobs.delete(marked.blob)
    await store.tx(async (tx) => {
      const of = tx.forOrganization(organizationId)
      const { size = 0 } = (await of(contents).get(id)) ?? {}
      if (!(await of(contents).delete(id))) return
      await of(contentUsage).increment(organizationId, 'contents', -1)
      await of(contentUsage).increment(organizationId, 'bytes', -size)
    })
  }

  async function letGoExpired(organizationId: string): Promise<void> {
    const mine = store.forOrganization(organizationId)(contents)
    for (;;) {
      const now = clock.iso()
      const { data } = await mine.find({ where: { expiresAt: { $lte: now } }, limit: AT_ONCE })
      for (const { _id: id } of data) await letGo(organizationId, id, now)
      if (data.length < AT_ONCE) return
    }
  }

  return {
    async receive(organizationId, source) {
      let id = await takePlace(organizationId)
      if (id === undefined) {
        await letGoExpired(organizationId)
        id = await takePlace(organizationId)
      }
      if (id === undefined) return refusal('QUOTA_EXCEEDED', fullMessage)
      try {
        return success(await fill(organizationId, id, source))
      } catch (error) {
        await letGo(organizationId, id)
        if (error instanceof TooMuch) return refusal('QUOTA_EXCEEDED', error.message)
        throw error
      }
    },
    drop: (organizationId, { id }) => letGo(organizationId, id),
    async sweep() {
      const everyTenant = store.asSystem('bytes that no record has are deleted')(contents)
      for (;;) {
        const now = clock.iso()
        const { data } = await everyTenant.find({ where: { expiresAt: { $lte: now } }, limit: AT_ONCE })
        for (const { _id: id, organizationId = '' } of data) await letGo(organizationId, id, now)
        if (data.length < AT_ONCE) return
      }
    },
  }
}

/** As it is now, and not as it was when it was found: what a record has by now stays, and what `expiredAt` is before. */
async function mark(
  tx: Transaction,
  {
    organizationId,
    id,
    at,
    expiredAt = '9',
  }: { organizationId: string; id: string; at: string; expiredAt?: string | undefined },
): Promise<ContentDocument | undefined> {
  const mine = tx.forOrganization(organizationId)(contents)
  const content = await mine.get(id)
  if (content?.expiresAt === undefined || content.expiresAt > expiredAt) return undefined
  return mine.patch(id, { set: { leaving: true, expiresAt: at } })
}

const fullMessage = `an organization keeps the content of at most ${CONTENT_LIMITS.contents} records, of ${CONTENT_LIMITS.organizationBytes} bytes together`

async function* upTo(limit: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.byteLength
    if (size > limit) throw new TooMuch(`the content of a record has at most ${limit} bytes`)
    yield chunk
  }
}
