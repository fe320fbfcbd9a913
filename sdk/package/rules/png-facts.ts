import { crc32 } from 'node:zlib'
import type { ImageSize } from './image-size.ts'

/** Bytes before the first chunk, and of length, name and checksum of each. */
const SIGNATURE = 8
const FRAME = 12
/** Bit depths by colour type (PNG, third edition, section 11.2.1). */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
}

/** Walks the chunks: lengths, checksums, order of the first and the last. */
export function pngFacts(data: Buffer): ImageSize {
  const names: string[] = []
  let facts: ImageSize = { problem: 'it has no header' }
  for (let at = SIGNATURE; at < data.length; ) {
    if (names.at(-1) === 'IEND') return { problem: 'something follows its end' }
    if (at + FRAME > data.length) return { problem: 'it ends too early' }
    const length = data.readUInt32BE(at)
    const end = at + FRAME + length
    if (end > data.length) return { problem: 'it ends too early' }
    const name = data.toString('latin1', at + 4, at + 8)
    if (!/^[A-Za-z]{4}$/.test(name)) return { problem: 'it has a part without a name' }
    if (crc32(data.subarray(at + 4, end - 4)) !== data.readUInt32BE(end - 4))
      return { problem: `the checksum of its part ${name} is wrong` }
    if ((names.length === 0) !== (name === 'IHDR')) return { problem: 'its header is not at its beginning' }
    if (name === 'IHDR') facts = header(data.subarray(at + 8, end - 4))
    if ('problem' in facts) return facts
    names.push(name)
    at = end
  }
  if (names.at(-1) !== 'IEND') return { problem: 'it ends too early' }
  return names.includes('IDAT') ? facts : { problem: 'it has no picture' }
}

function header(data: Buffer): ImageSize {
  if (data.length !== 13) return { problem: 'its header is not one' }
  const [depth = 0, colours = 0, compression, filter, interlace = 2] = data.subarray(8)
  const sound = DEPTHS[colours]?.includes(depth) && compression === 0 && filter === 0 && interlace < 2
  return sound ? { width: data.readUInt32BE(0), height: data.readUInt32BE(4) } : { problem: 'its header is not one' }
}
