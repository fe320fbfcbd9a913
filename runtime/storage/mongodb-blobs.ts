import { randomUUID } from 'node:crypto'
import { Binary, type Db } from 'mongodb'
import { type Clock, isoPlus } from '../clock.ts'
import { idOfBytes, joined, noSuchBlob, writeChunks } from './blob-chunks.ts'
import { duplicateIndex } from './mongodb-errors.ts'
import { blobNames } from './mongodb-schema.ts'
import type { BlobStore } from './port.ts'

interface Marker {
  _id: string
  size: number
  upload: string
  chunks: number
}

interface Chunk {
  /** `<upload>:<number>` */
  _id: string
  bytes: Binary
}

/** An upload that is under way, or chunks that wait to be deleted. */
interface Upload {
  _id: string
  at: string
}

/** Longer than any upload takes: another node may be in the middle of one. */
const ABANDONED_MS = 24 * 60 * 60 * 1000

/**
 * Blobs as chunks and a marker, written last, that makes them visible. What has no marker yet, or no more, is named in
 * the uploads, so that what a killed node leaves can be found without a walk over all chunks.
 */
export function createMongodbBlobs(db: Db, clock: Clock): BlobStore {
  const { markers, chunks, uploads, dropChunks, mark } = blobCollections(db)

  async function* stream(id: string): AsyncGenerator<Uint8Array> {
    const marker = await markers.findOne({ _id: { $eq: String(id) } })
    if (!marker) throw noSuchBlob(id)
    for (let n = 0; n < marker.chunks; n++) {
      const chunk = await chunks.findOne({ _id: `${marker.upload}:${n}` })
      // It was deleted under the reader's hands.
      if (!chunk) throw noSuchBlob(id)
      yield chunk.bytes.value()
    }
  }

  async function upload(bytes: Uint8Array | AsyncIterable<Uint8Array>) {
    const name = randomUUID()
    await uploads.insertOne({ _id: name, at: clock.iso() })
    try {
      const written = await writeChunks(bytes, async (chunk, n) => {
        await chunks.insertOne({ _id: `${name}:${n}`, bytes: new Binary(chunk) })
      })
      const { id, size } = written
      if (await mark({ _id: id, size, upload: name, chunks: written.chunks })) await uploads.deleteOne({ _id: name })
      else await dropChunks(name)
      return { id, size }
    } catch (error) {
      await dropChunks(name)
      throw error
    }
  }

  return {
    async put(bytes) {
      if (bytes instanceof Uint8Array) {
        const id = idOfBytes(bytes)
        if (await markers.findOne({ _id: id })) return { id, size: bytes.length }
      }
      return upload(bytes)
    },
    get: async (id) => ((await markers.findOne({ _id: { $eq: String(id) } })) ? joined(stream(id)) : undefined),
    stream,
    async delete(id) {
      const marker = await markers.findOne({ _id: { $eq: String(id) } })
      if (!marker) return false
      await uploads.updateOne({ _id: marker.upload }, { $set: { at: clock.iso() } }, { upsert: true })
      const { deletedCount } = await markers.deleteOne({ _id: marker._id, upload: marker.upload })
      await dropChunks(marker.upload)
      return deletedCount > 0
    },
  }
}

/** Deletes what uploads left that nobody finishes any more; returns how many there were. */
export async function sweepMongodbBlobs(db: Db, clock: Clock): Promise<number> {
  const { markers, uploads, dropChunks } = blobCollections(db)
  const before = isoPlus(clock.iso(), -ABANDONED_MS)
  const abandoned = await uploads.find({ at: { $lt: before } }, { limit: 1000 }).toArray()
  for (const { _id } of abandoned) {
    // Killed between the marker and the end of the upload: the blob is whole.
    if (await markers.findOne({ upload: _id })) await uploads.deleteOne({ _id })
    else await dropChunks(_id)
  }
  return abandoned.length
}

function blobCollections(db: Db) {
  const markers = db.collection<Marker>(blobNames.markers)
  const chunks = db.collection<Chunk>(blobNames.chunks)
  const uploads = db.collection<Upload>(blobNames.uploads)
  return {
    markers,
    chunks,
    uploads,
    async dropChunks(upload: string): Promise<void> {
      await chunks.deleteMany({ _id: { $gte: `${upload}:`, $lt: `${upload};` } })
      await uploads.deleteOne({ _id: upload })
    },
    /** Whether the marker is ours, not one of the same bytes that came first. */
    async mark(marker: Marker): Promise<boolean> {
      try {
        await markers.insertOne(marker)
        return true
      } catch (error) {
        if (duplicateIndex(error) === undefined) throw error
        return false
      }
    },
  }
}
