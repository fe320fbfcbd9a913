import type { ImageSize } from './image-size.ts'

const START_OF_SCAN = 0xda
/** Frames, without the tables of Huffman, of arithmetic coding and the extension between them (T.81, table B.1). */
const FRAMES = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf])

/** Walks the segments up to the picture itself. */
export function jpegFacts(data: Buffer): ImageSize {
  let facts: ImageSize = { problem: 'it has no header' }
  for (let at = 2; at + 4 <= data.length; ) {
    const marker = data[at + 1] ?? 0
    if (data[at] !== 0xff) return { problem: 'it is broken' }
    if (marker === 0xff) {
      at++
      continue
    }
    const length = data.readUInt16BE(at + 2)
    if (length < 2 || at + 2 + length > data.length) return { problem: 'it ends too early' }
    if (marker === START_OF_SCAN)
      return data.includes(Buffer.from('ffd9', 'hex'), at) ? facts : { problem: 'it ends too early' }
    if (FRAMES.has(marker) && length >= 8)
      facts = { width: data.readUInt16BE(at + 7), height: data.readUInt16BE(at + 5) }
    at += 2 + length
  }
  return { problem: 'it ends too early' }
}
