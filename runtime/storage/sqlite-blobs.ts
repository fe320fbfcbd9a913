import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { idOfBytes, joined, noSuchBlob, writeChunks } from './blob-chunks.ts'
import type { BlobStore } from './port.ts'
import { type Connection, openConnection } from './sqlite-connection.ts'

interface Marker {
  size: number
  upload: string
  chunks: number
}

/**
 * Blobs in a database of their own, so that the main file stays small and quick to back up. Every chunk is its own commit
 * under the upload's name, so that no upload holds up another write; the marker row, written last, makes the blob
 * visible. Chunks whose upload never got one are swept when the store opens.
 */
export function openSqliteBlobs(path: string, options: { durable: boolean }): { store: BlobStore; close(): void } {
  const connection = openConnection(path, { readOnly: false, durable: options.durable })
  connection.db.exec(`
    create table if not exists blob (id text primary key, size integer not null, upload text not null unique, chunks integer not null);
    create table if not exists chunk (upload text not null, n integer not null, bytes blob not null, unique (upload, n));
    delete from chunk where upload not in (select upload from blob);
  `)
  return { store: createBlobStore(connection), close: () => connection.close() }
}

function createBlobStore(connection: Connection): BlobStore {
  const { statement } = connection
  const dropChunks = (upload: string) => statement('delete from chunk where upload = ?').run(upload)

  async function* stream(id: string): AsyncGenerator<Uint8Array> {
    const marker = markerOf(connection, id)
    if (!marker) throw noSuchBlob(id)
    for (let n = 0; n < marker.chunks; n++) {
      const row = statement('select bytes from chunk where upload = ? and n = ?').get(marker.upload, n)
      // It was deleted under the reader's hands.
      if (!(row?.bytes instanceof Uint8Array)) throw noSuchBlob(id)
      yield row.bytes
    }
  }

  return {
    async put(bytes) {
      if (bytes instanceof Uint8Array) {
        const id = idOfBytes(bytes)
        if (markerOf(connection, id)) return { id, size: bytes.length }
      }
      const upload = randomUUID()
      try {
        const { id, size, chunks } = await writeChunks(bytes, async (chunk, n) => {
          statement('insert into chunk values (?, ?, ?)').run(upload, n, chunk)
          // Each write blocks for its sync to disk: between two, others have their turn.
          await turn()
        })
        const marked = statement('insert into blob values (?, ?, ?, ?) on conflict do nothing').run(
          id,
          size,
          upload,
          chunks,
        )
        if (marked.changes === 0) dropChunks(upload)
        return { id, size }
      } catch (error) {
        dropChunks(upload)
        throw error
      }
    },
    get: async (id) => (markerOf(connection, id) ? joined(stream(id)) : undefined),
    stream,
    async delete(id) {
      const marker = markerOf(connection, id)
      if (!marker) return false
      // The marker first: what a crash leaves is swept at the next start.
      statement('delete from blob where id = ?').run(id)
      dropChunks(marker.upload)
      return true
    },
  }
}

function markerOf(connection: Connection, id: string): Marker | undefined {
  const row = connection.statement('select size, upload, chunks from blob where id = ?').get(String(id))
  if (!row) return undefined
  return { size: Number(row.size), upload: String(row.upload), chunks: Number(row.chunks) }
}
