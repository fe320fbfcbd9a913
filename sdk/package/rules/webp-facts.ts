import type { ImageSize } from './image-size.ts'

/** Reads the container and its first chunk (RFC 9649). */
export function webpFacts(data: Buffer): ImageSize {
  const early = { problem: 'it ends too early' }
  if (data.length < 30) return early
  const size = data.readUInt32LE(4) + 8
  if (size > data.length) return early
  if (size < data.length) return { problem: 'something follows its end' }
  const name = data.toString('latin1', 12, 16)
  if (data.readUInt32LE(16) + 20 > data.length) return early
  if (name === 'VP8X') return { width: data.readUIntLE(24, 3) + 1, height: data.readUIntLE(27, 3) + 1 }
  if (name === 'VP8 ' && data.readUIntBE(23, 3) === 0x9d012a)
    return { width: data.readUInt16LE(26) & 0x3fff, height: data.readUInt16LE(28) & 0x3fff }
  if (name === 'VP8L' && data[20] === 0x2f) {
    const bits = data.readUInt32LE(21)
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  return { problem: 'its header is not one' }
}
