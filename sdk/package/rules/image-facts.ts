import type { ImageSize } from './image-size.ts'
import { jpegFacts } from './jpeg-facts.ts'
import { hasMagic } from './magic.ts'
import { pngFacts } from './png-facts.ts'
import { svgFacts } from './svg-facts.ts'
import { webpFacts } from './webp-facts.ts'

export type ImageType = 'PNG' | 'WebP' | 'JPEG' | 'GIF' | 'SVG'

/** By its content, whatever its name: `undefined` for what is no image that pages show. */
export function imageType(bytes: Uint8Array): ImageType | undefined {
  if (hasMagic(bytes, '89504e470d0a1a0a')) return 'PNG'
  if (hasMagic(bytes, '52494646') && hasMagic(bytes, '57454250', 8)) return 'WebP'
  if (hasMagic(bytes, 'ffd8ff')) return 'JPEG'
  if (hasMagic(bytes, '474946383761') || hasMagic(bytes, '474946383961')) return 'GIF'
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('latin1')
  return /^(\xef\xbb\xbf)?\s{0,1000}<(\?xml|!--|!doctype|svg)/i.test(start) && bytes.includes(0x3c) ? 'SVG' : undefined
}

/** Reads headers and structure; no pixel is unpacked, so that no image can be a bomb. */
export function imageFacts(bytes: Uint8Array, type: ImageType): ImageSize {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (type === 'PNG') return pngFacts(data)
  if (type === 'WebP') return webpFacts(data)
  if (type === 'JPEG') return jpegFacts(data)
  if (type === 'SVG') return svgFacts(data)
  return data.length > 13 && data.at(-1) === 0x3b
    ? { width: data.readUInt16LE(6), height: data.readUInt16LE(8) }
    : { problem: 'it ends too early' }
}
