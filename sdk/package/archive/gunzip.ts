import { crc32, inflateRawSync } from 'node:zlib'
import { PACKAGE_LIMITS as LIMITS } from '../limits.ts'
import type { ArchiveFault } from './archive-fault.ts'

const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 }
const TRAILER = 8

/**
 * The one member of a gzip file (RFC 1952). Node's own gunzip joins several members and passes over what follows the
 * last; here both are refused, so that no other tool can read another package out of the same bytes.
 */
export function gunzip(bytes: Uint8Array): { tar: Buffer } | { fault: ArchiveFault } {
  if (bytes.length > LIMITS.compressed)
    return { fault: { rule: 'PKG-02', message: `the file has ${bytes.length} bytes; at most ${LIMITS.compressed}` } }
  const start = headerLength(bytes)
  if (start === undefined) return unreadable('it is not a gzip file')
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

/** Bytes of the member header; `undefined` when there is none that RFC 1952 knows. */
function headerLength(bytes: Uint8Array): number | undefined {
  const flags = bytes[3] ?? 0
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8 || flags & FLAG.reserved) return undefined
  let at = 10
  if (flags & FLAG.extra) at += 2 + (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8)
  for (const flag of [FLAG.name, FLAG.comment]) {
    if (!(flags & flag)) continue
    const end = bytes.indexOf(0, at)
    if (end < 0) return undefined
    at = end + 1
  }
  if (flags & FLAG.headerCrc) at += 2
  return at < bytes.length ? at : undefined
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
