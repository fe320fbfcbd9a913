import { type Cipheriv, createCipheriv } from 'node:crypto'
import { nativeOperation } from './native-operations.ts'

/**
 * What one guest is told of time and chance: both come from the supervisor, so that a run can be repeated to the byte.
 * It belongs to one context and is filled when that context is given to a run: no two runs share a stream.
 */
export interface GuestWorld {
  /** Milliseconds since the Unix epoch; stands still while a slice runs. */
  now: number
  /** Answers what the guest asks of the child's own Node. */
  native(operation: unknown, text: unknown): string
  /** Starts the stream of random bytes that the 32 bytes of `seed` (hex) stand for. */
  seed(seed: string): void
}

const MOST_BYTES = 65_536
/** A fresh key makes a fresh stream, so the counter may start at nought (NIST SP 800-38A, appendix B). */
const START = Buffer.alloc(16)

export function createGuestWorld(): GuestWorld {
  let key: Buffer | undefined
  let stream: Cipheriv | undefined

  /** Most runs draw nothing: the cipher is made by the first that does. */
  function draw(bytes: number): Buffer {
    if (!key) throw new Error('The guest has no run yet')
    stream ??= createCipheriv('aes-256-ctr', key, START)
    return stream.update(Buffer.alloc(bytes))
  }

  const world: GuestWorld = {
    now: 0,
    seed(seed) {
      key = Buffer.from(seed, 'hex')
    },
    native(operation, text) {
      if (operation === 'now') return String(world.now)
      if (operation === 'uuid') return uuidOf(draw(16))
      if (operation === 'random') return draw(Math.min(Number(text) || 0, MOST_BYTES)).toString('hex')
      return nativeOperation(operation, text)
    },
  }
  return world
}

/** RFC 9562, version 4. */
function uuidOf(bytes: Buffer): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
