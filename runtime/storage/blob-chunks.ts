import { createHash } from 'node:crypto'
import { StorageError } from './port.ts'
import { storageLimits } from './storage-limits.ts'

/** Cuts bytes, in whatever pieces they come, into chunks of exactly `blobChunkBytes`; the last may be shorter. */
export async function* chunksOf(bytes: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const size = storageLimits.blobChunkBytes
  let pending: Uint8Array[] = []
  let length = 0
  for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
    if (!(piece instanceof Uint8Array)) throw new StorageError('a blob is made of bytes')
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + size - length)
      pending.push(part)
      length += part.length
      at += part.length
      if (length < size) continue
      yield Buffer.concat(pending)
      pending = []
      length = 0
    }
  }
  if (length > 0) yield Buffer.concat(pending)
}

/** Writes the chunks through `write`, each before the next is read; tells the SHA-256 (hex) and the size of the whole. */
export async function writeChunks(
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  write: (chunk: Uint8Array, number: number) => Promise<void>,
): Promise<{ id: string; size: number; chunks: number }> {
  const digest = createHash('sha256')
  let size = 0
  let chunks = 0
  for await (const chunk of chunksOf(bytes)) {
    size += chunk.length
    if (size > storageLimits.blobBytes) throw new StorageError(`a blob has at most ${storageLimits.blobBytes} bytes`)
    digest.update(chunk)
    await write(chunk, chunks)
    chunks += 1
  }
  return { id: digest.digest('hex'), size, chunks }
}

/** The id of bytes that are all there, so that a blob which exists need not be written again. */
export function idOfBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

export function noSuchBlob(id: string): StorageError {
  return new StorageError(`no such blob: ${String(id).slice(0, 80)}`)
}
