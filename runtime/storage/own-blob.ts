import { createHash, randomBytes } from 'node:crypto'
import type { BlobStore } from './port.ts'

/**
 * Blobs are known by their content, and the same bytes are the same blob. A few random bytes in front make each owner's
 * blob its own: whoever lets go of it deletes nobody else's bytes, not even a package's that it downloaded.
 */
const SALT_BYTES = 16

export interface OwnBlob {
  blob: string
  /** Bytes, and their SHA-256 (hex), without what was put in front. */
  size: number
  digest: string
}

/**
 * Stores bytes as they come. `named` hears of the blob just before it is complete: so at no moment is there a blob that
 * no document knows, and nothing is left for good by a process that dies. What it throws, nothing is stored.
 */
export async function putOwnBlob(
  blobs: BlobStore,
  bytes: AsyncIterable<Uint8Array>,
  named: (own: OwnBlob) => Promise<void>,
): Promise<OwnBlob> {
  const content = createHash('sha256')
  const salt = randomBytes(SALT_BYTES)
  const whole = createHash('sha256').update(salt)
  const own: OwnBlob = { blob: '', size: 0, digest: '' }
  async function* salted(): AsyncGenerator<Uint8Array> {
    yield salt
    for await (const chunk of bytes) {
      content.update(chunk)
      whole.update(chunk)
      own.size += chunk.byteLength
      yield chunk
    }
    own.digest = content.digest('hex')
    own.blob = whole.digest('hex')
    await named(own)
  }
  await blobs.put(salted())
  return own
}

/** The bytes, without what was put in front. Throws `StorageError` when there is no such blob. */
export async function* openOwnBlob(blobs: BlobStore, blob: string): AsyncGenerator<Uint8Array> {
  let salt = SALT_BYTES
  for await (const chunk of blobs.stream(blob)) {
    const rest = chunk.subarray(salt)
    salt -= chunk.length - rest.length
    if (rest.length > 0) yield rest
  }
}
