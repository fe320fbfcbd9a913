/** Builds archives byte by byte, lying ones included. */
import { gzipSync } from 'node:zlib'

export const BLOCK = 512

export interface EntryBytes {
  /** Written as it is into the 100 bytes of the name. */
  path?: string | Uint8Array
  prefix?: string | Uint8Array
  /** One character; `0` for a file. */
  type?: string
  mode?: number | string
  /** What the header says; the length of `data` unless given. */
  size?: number | string
  data?: string | Uint8Array
  link?: string
  /** `ustar\0` and `00` unless given. */
  magic?: string
  /** What the header says; the right sum unless given. */
  checksum?: string
  /** Bytes put over the finished header, before the checksum is made: offset and contents. */
  patch?: [offset: number, bytes: string | Uint8Array][]
  /** What fills the last block after the data; zeros unless given. */
  padding?: number
}

/** One header block and its data. */
export function entry(options: EntryBytes): Buffer {
  const data = Buffer.from(options.data ?? '')
  const header = headerOf(options, data.length)
  const padded = Buffer.alloc(Math.ceil(data.length / BLOCK) * BLOCK, options.padding ?? 0)
  data.copy(padded)
  return Buffer.concat([header, padded])
}

function headerOf(options: EntryBytes, length: number): Buffer {
  const header = Buffer.alloc(BLOCK)
  const put = (offset: number, bytes: string | Uint8Array) => Buffer.from(bytes).copy(header, offset)
  put(0, options.path ?? 'package/file.txt')
  put(100, octal(options.mode ?? 0o644, 7))
  put(108, '0000000\0'.repeat(2))
  put(124, octal(options.size ?? length, 11))
  put(136, '03560116604\0')
  put(156, options.type ?? '0')
  put(157, options.link ?? '')
  put(257, options.magic ?? 'ustar\u000000')
  put(345, options.prefix ?? '')
  for (const [offset, bytes] of options.patch ?? []) put(offset, bytes)
  put(148, options.checksum ?? checksum(header))
  return header
}

function octal(value: number | string, digits: number): string {
  return typeof value === 'string' ? value : `${value.toString(8).padStart(digits, '0')}\0`
}

function checksum(header: Buffer): string {
  header.fill(0x20, 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  return `${sum.toString(8).padStart(6, '0')}\0 `
}

/** A PAX header with these records, as its own entry. */
export function pax(records: Record<string, string> | Uint8Array, type: 'x' | 'g' = 'x'): Buffer {
  const data = records instanceof Uint8Array ? records : Buffer.from(Object.entries(records).map(paxRecord).join(''))
  return entry({ path: 'PaxHeader/file', type, data })
}

function paxRecord([key, value]: [string, string]): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest) + 1
  while (String(length).length + Buffer.byteLength(rest) !== length) length++
  return `${length}${rest}`
}

/** Entries and the two empty blocks at the end. */
export function tar(...entries: Uint8Array[]): Buffer {
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)])
}

export function tgz(...entries: Uint8Array[]): Buffer {
  return gzipSync(tar(...entries))
}
