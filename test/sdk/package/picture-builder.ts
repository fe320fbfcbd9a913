import { crc32, deflateSync } from 'node:zlib'

/** A PNG of one colour; `change` may spoil its parts before they are written. */
export function png(
  width: number,
  height = width,
  change: (parts: [name: string, data: Buffer][]) => void = () => undefined,
): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const pixels = deflateSync(Buffer.alloc(Math.min(height, 64) * (Math.min(width, 64) + 1)))
  const parts: [string, Buffer][] = [
    ['IHDR', header],
    ['IDAT', pixels],
    ['IEND', Buffer.alloc(0)],
  ]
  change(parts)
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts.map(([name, data]) => pngPart(name, data))])
}

function pngPart(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  checksum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, checksum])
}

/** A WebP without its picture: the container and the header of the lossless form. */
export function webp(width: number, height = width): Buffer {
  const data = Buffer.alloc(34)
  data.write('RIFF', 0, 'latin1')
  data.writeUInt32LE(data.length - 8, 4)
  data.write('WEBPVP8L', 8, 'latin1')
  data.writeUInt32LE(data.length - 20, 16)
  data[20] = 0x2f
  data.writeUInt32LE(((width - 1) | ((height - 1) << 14)) >>> 0, 21)
  return data
}

/** A JPEG with a frame and an empty scan. */
export function jpeg(width: number, height = width): Buffer {
  const frame = Buffer.from('ffc00011080000000003012200021101031101', 'hex')
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  const scan = Buffer.from('ffda000c03010002110311003f00', 'hex')
  return Buffer.concat([Buffer.from('ffd8', 'hex'), frame, scan, Buffer.from('00ffd9', 'hex')])
}

/** A drawing with these parts in it. */
export function svg(inside: string, root = 'viewBox="0 0 24 24"'): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" ${root}>${inside}</svg>\n`
}
