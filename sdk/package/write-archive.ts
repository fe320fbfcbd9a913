import { crc32, deflateRawSync } from 'node:zlib'
import { Header } from 'tar/header'
import { BLOCK } from './archive/tar-header.ts'
import { PACKAGE_LIMITS as LIMITS } from './limits.ts'
import { ROOT } from './package-files.ts'

/** 1985-10-26, the time that npm writes for every file: no archive of ours tells when it was made. */
const MTIME = new Date(499_162_500_000)

/** A .tgz of `files`. The same names and contents give the same bytes. Throws for a path that ustar cannot hold. */
export function writeArchive(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  // Code units, not locale: the order must be the same on every machine.
  const paths = [...files.keys()].sort()
  const blocks = paths.flatMap((path) => entryBlocks(path, files.get(path) ?? new Uint8Array()))
  return gzip(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]))
}

/**
 * Whether a package may hold the path, given without `package/`: ustar has 100 bytes for the name and 155 for the folders,
 * cut at a slash, and our reader takes so many names of so many bytes.
 */
export function fitsArchive(path: string): boolean {
  const { block } = header(ROOT + path, 0)
  if (!block || Buffer.byteLength(ROOT + path) > LIMITS.path) return false
  const names = (ROOT + path).split('/')
  if (names.length > LIMITS.depth || names.some((name) => Buffer.byteLength(name) > LIMITS.segment)) return false
  const decoded = new Header(block)
  return decoded.cksumValid && decoded.path === ROOT + path
}

function entryBlocks(path: string, data: Uint8Array): Uint8Array[] {
  const { block } = header(ROOT + path, data.length)
  if (!block || !fitsArchive(path)) throw new RangeError(`the path is too long for an archive: ${path}`)
  return [block, data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)]
}

/** A name beyond ASCII needs no extension header as long as it fits: it is UTF-8 in the field itself. */
function header(path: string, size: number): Header {
  const encoded = new Header({ path, mode: 0o644, uid: 0, gid: 0, size, mtime: MTIME, type: 'File' })
  encoded.encode()
  return encoded
}

/** RFC 1952 by hand: zlib would write the operating system into the header. */
function gzip(tar: Buffer): Uint8Array {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255])
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(tar), 0)
  trailer.writeUInt32LE(tar.length, 4)
  return Buffer.concat([header, deflateRawSync(tar, { level: 9, memLevel: 9 }), trailer])
}
