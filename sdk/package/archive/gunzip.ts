import { crc32, inflateRawSync } from 'node:zlib'
import { PACKAGE_LIMITS as LIMITS } from '../limits.ts'
import type { ArchiveFault } from './archive-fault.ts'
import { hasZipEnd } from './zip-end.ts'

const HEADER = 10
/** The flag bits of RFC 1952 that packers set: text or not, and the name of the file that was compressed. */
const FLAG = { text: 1, name: 8 }
const NAME_BYTES = 255
const TRAILER = 8

/**
 * The one member of a gzip file (RFC 1952). Node's own gunzip joins several members and passes over what follows the
 * last; here both are refused, so that no other tool can read another package out of the same bytes.
 */
export function gunzip(bytes: Uint8Array): { tar: Buffer } | { fault: ArchiveFault } {
  if (bytes.length > LIMITS.compressed)
    return { fault: { rule: 'PKG-02', message: `the file has ${bytes.length} bytes; at most ${LIMITS.compressed}` } }
  const start = headerLength(bytes)
  if (start === undefined) return unreadable('it is not a gzip file with a plain header')
  if (hasZipEnd(bytes)) return unreadable('it is a zip file too')
  const inflated = inflate(bytes.subarray(start))
  if ('fault' in inflated) return inflated
  const { tar, read } = inflated
  const end = start + read
  if (bytes.length < end + TRAILER) return unreadable('the gzip trailer is cut off')
  if (bytes.length > end + TRAILER) return unreadable('something follows the gzip member')
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + end, TRAILER)
  if (trailer.getUint32(0, true) !== crc32(tar)) return unreadable('the CRC of the gzip file is wrong')
  if (trailer.getUint32(4, true) !== tar.length) return unreadable('the length in the gzip trailer is wrong')
  if (tar.length > LIMITS.ratioFrom && tar.length > bytes.length * LIMITS.ratio)
    return { fault: { rule: 'PKG-03', message: `the file unpacks to more than ${LIMITS.ratio} times its size` } }
  return { tar }
}

function unreadable(message: string): { fault: ArchiveFault } {
  return { fault: { rule: 'PKG-01', message } }
}

/**
 * Bytes of the member header; `undefined` when there is none, or one with room for more than a file's name: extra
 * fields and comments can hold the directory of a zip, so that one file is two packages.
 */
function headerLength(bytes: Uint8Array): number | undefined {
  const flags = bytes[3] ?? 0
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8 || flags & ~(FLAG.text | FLAG.name)) return undefined
  if (!(flags & FLAG.name)) return bytes.length > HEADER ? HEADER : undefined
  const end = bytes.subarray(0, HEADER + NAME_BYTES + 1).indexOf(0, HEADER)
  return end >= 0 && bytes.subarray(HEADER, end).every(isPlain) ? end + 1 : undefined
}

/** `gunzip -N` writes to the name in the header: no controls, `/` or `\\`. */
function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte !== 0x7f && byte !== 0x2f && byte !== 0x5c
}

function inflate(data: Uint8Array): { tar: Buffer; read: number } | { fault: ArchiveFault } {
  try {
    // The cap counts what really comes out: zlib stops there, whatever the trailer claims.
    const result: unknown = inflateRawSync(data, { maxOutputLength: LIMITS.unpacked, info: true })
    return readInflated(result)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ERR_BUFFER_TOO_LARGE')
      return { fault: { rule: 'PKG-03', message: `the file unpacks to more than ${LIMITS.unpacked} bytes` } }
    return unreadable('the compressed data is broken or cut off')
  }
}

/** `info: true` makes zlib tell how far it read; its types do not say so. */
function readInflated(result: unknown): { tar: Buffer; read: number } {
  const { buffer, engine } = result as { buffer?: unknown; engine?: { bytesWritten?: unknown } }
  if (!Buffer.isBuffer(buffer) || typeof engine?.bytesWritten !== 'number')
    throw new TypeError('zlib did not tell how far it read')
  return { tar: buffer, read: engine.bytesWritten }
}
