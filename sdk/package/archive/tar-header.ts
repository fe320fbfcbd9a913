import { Header } from 'tar/header'
import type { ArchiveFault } from './archive-fault.ts'

export const BLOCK = 512

/** A tar header that means the same to every reader. */
export interface TarHeader {
  /** With the prefix, and with the closing slash if it has one. */
  path: string
  /** The type flag: `0` for a file, whichever way it was written. */
  type: string
  mode: number
  size: number
  uid: number
  gid: number
  /** Whether the field of a link's target holds anything. */
  linked: boolean
}

const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: 156,
  link: [157, 100],
  major: [329, 8],
  minor: [337, 8],
} as const
const PREFIX = [345, 155] as const
/** What packers leave out when they do not know or do not want to say it. */
const OPTIONAL = [FIELD.uid, FIELD.gid, FIELD.mtime, FIELD.major, FIELD.minor]
const POSIX = 'ustar\u000000'
const GNU = 'ustar  \u0000'

/**
 * Reads one header block, strictly: what one reader could take so and another otherwise (octal numbers with odd
 * characters, base-256 sizes, text after a NUL, names that are not UTF-8) is a fault, never repaired. node-tar's own
 * decoder must come to the same path and size.
 */
export function readTarHeader(block: Buffer): TarHeader | { fault: ArchiveFault } {
  const magic = block.toString('latin1', 257, 265)
  if (magic !== POSIX && magic !== GNU) return unreadable('a header is not in the ustar format')
  if (octal(block, FIELD.checksum) !== checksum(block)) return unreadable('the checksum of a header is wrong')
  const path = readPath(block, magic)
  if (path === undefined) return { fault: { rule: 'PKG-05', message: 'a name holds a NUL or is not UTF-8' } }
  const size = octal(block, FIELD.size)
  const mode = octal(block, FIELD.mode)
  const [uid, gid, ...others] = OPTIONAL.map((field) => octalOrEmpty(block, field))
  if (size === undefined || mode === undefined || uid === undefined || gid === undefined || others.includes(undefined))
    return unreadable('a number in a header is not plain octal', path)
  if (!endIsClear(block, magic)) return unreadable('a header has data where it has no field', path)
  if (!agrees(block, path, size)) return unreadable('a header reads differently in different tools', path)
  const flag = String.fromCharCode(block[FIELD.type] ?? 0)
  const linked = block.subarray(FIELD.link[0], FIELD.link[0] + FIELD.link[1]).some((byte) => byte !== 0)
  return { path, type: flag === '\u0000' ? '0' : flag, mode, size, uid, gid, linked }
}

function unreadable(message: string, path?: string): { fault: ArchiveFault } {
  return { fault: path === undefined ? { rule: 'PKG-01', message } : { rule: 'PKG-01', message, path } }
}

/** Zeros and octal digits, then NULs or spaces to the end of the field, at least one. */
function octal(block: Buffer, [start, length]: readonly [number, number]): number | undefined {
  const match = /^([0-7]{1,11})[\0 ]+$/.exec(block.toString('latin1', start, start + length))
  return match ? Number.parseInt(match[1] ?? '', 8) : undefined
}

function octalOrEmpty(block: Buffer, field: readonly [number, number]): number | undefined {
  const [start, length] = field
  return block.subarray(start, start + length).every((byte) => byte === 0) ? 0 : octal(block, field)
}

/** Whether a block carries the checksum of a tar header, of whatever format. */
export function isTarHeader(block: Buffer): boolean {
  return block.length >= BLOCK && octal(block, FIELD.checksum) === checksum(block.subarray(0, BLOCK))
}

/** The sum of all bytes with the checksum field taken as spaces. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20
  for (const byte of block) sum += byte
  for (const byte of block.subarray(148, 156)) sum -= byte
  return sum
}

function readPath(block: Buffer, magic: string): string | undefined {
  const name = readText(block, FIELD.name)
  const prefix = magic === POSIX ? readText(block, PREFIX) : ''
  if (name === undefined || prefix === undefined) return undefined
  return prefix === '' ? name : `${prefix}/${name}`
}

/** UTF-8 up to the first NUL, and nothing but NULs after it. */
function readText(block: Buffer, [start, length]: readonly [number, number]): string | undefined {
  const field = block.subarray(start, start + length)
  const end = field.indexOf(0)
  if (end >= 0 && field.subarray(end).some((byte) => byte !== 0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(end < 0 ? field : field.subarray(0, end))
  } catch {
    return undefined
  }
}

/** POSIX leaves the last 12 bytes free; GNU keeps times and sparse maps where POSIX has the prefix. */
function endIsClear(block: Buffer, magic: string): boolean {
  return block.subarray(magic === POSIX ? 500 : 345).every((byte) => byte === 0)
}

function agrees(block: Buffer, path: string, size: number): boolean {
  try {
    const other = new Header(block)
    // It zeroes the size of a folder, and takes a file with a closing slash for one.
    return other.cksumValid && other.path === path && (other.size === size || other.type === 'Directory')
  } catch {
    return false
  }
}
