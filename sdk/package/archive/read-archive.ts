import { hash } from 'node:crypto'
import { PACKAGE_LIMITS as LIMITS } from '../limits.ts'
import type { Archive, ArchiveEntry, ArchiveFault } from './archive-fault.ts'
import { gunzip } from './gunzip.ts'
import { pathExcess } from './path-excess.ts'
import { paxDisagrees, readPaxRecords } from './pax-records.ts'
import { BLOCK, readTarHeader, type TarHeader } from './tar-header.ts'

/**
 * Walks a .tgz in memory. Nothing is written to disk, nothing is corrected: the first thing that leaves two readings
 * open ends the walk with a fault. Never throws for any bytes.
 */
export function readArchive(bytes: Uint8Array): Archive {
  const walked: Archive = { entries: [], faults: [], unpacked: 0, digest: hash('sha256', bytes) }
  const unzipped = gunzip(bytes)
  if ('fault' in unzipped) return stop(walked, unzipped.fault)
  walked.unpacked = unzipped.tar.length
  return walk(walked, unzipped.tar)
}

function walk(walked: Archive, tar: Buffer): Archive {
  let pax: ReadonlyMap<string, string> | undefined
  let at = 0
  for (let headers = 1; at + BLOCK <= tar.length; headers++) {
    const block = tar.subarray(at, at + BLOCK)
    if (isZero(block)) return end(walked, tar.subarray(at), pax !== undefined)
    // Extension headers count here too: thousands of them would cost time and yield no entry.
    if (headers > 2 * LIMITS.entries)
      return stop(walked, { rule: 'PKG-04', message: 'the archive has too many headers' })
    const header = readTarHeader(block)
    if ('fault' in header) return stop(walked, header.fault)
    const data = tar.subarray(at + BLOCK, at + BLOCK + header.size)
    const padded = Math.ceil(header.size / BLOCK) * BLOCK
    if (at + BLOCK + padded > tar.length) return stop(walked, fault('PKG-01', 'a file is cut off', header))
    if (!isZero(tar.subarray(at + BLOCK + header.size, at + BLOCK + padded)))
      return stop(walked, fault('PKG-01', 'the padding after a file is not empty', header))
    at += BLOCK + padded
    if (header.type === 'x' || header.type === 'g') {
      const read = readExtension(header, data, pax !== undefined)
      if ('fault' in read) return stop(walked, read.fault)
      if (header.type === 'x') pax = read
      continue
    }
    const refused = takeEntry(walked, header, data, pax)
    if (refused) return stop(walked, refused)
    pax = undefined
  }
  return stop(walked, { rule: 'PKG-01', message: 'the archive has no end' })
}

const EMPTY = Buffer.alloc(BLOCK)

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK)
    if (!block.equals(EMPTY.subarray(0, block.length))) return false
  }
  return true
}

function stop(walked: Archive, cause: ArchiveFault): Archive {
  walked.faults.push(cause)
  return walked
}

function fault(rule: ArchiveFault['rule'], message: string, header: TarHeader): ArchiveFault {
  return { rule, message, path: header.path }
}

/** POSIX ends an archive with two empty blocks; packers fill up with more. */
function end(walked: Archive, rest: Buffer, dangling: boolean): Archive {
  if (rest.length < 2 * BLOCK) return stop(walked, { rule: 'PKG-01', message: 'the end of the archive is cut off' })
  if (rest.length % BLOCK !== 0 || !isZero(rest))
    return stop(walked, { rule: 'PKG-01', message: 'something follows the end of the archive' })
  if (dangling) return stop(walked, { rule: 'PKG-10', message: 'a PAX header has no file' })
  return walked
}

function readExtension(
  header: TarHeader,
  data: Buffer,
  pending: boolean,
): ReadonlyMap<string, string> | { fault: ArchiveFault } {
  if (header.linked) return { fault: fault('PKG-06', LINKED, header) }
  // A tool that does not know such headers writes them out as files, under the name that they bear.
  if (/^\/|\\|(^|\/)\.\.(\/|$)/.test(header.path))
    return { fault: fault('PKG-05', 'the name of a PAX header leaves its folder', header) }
  if (header.size > LIMITS.pax)
    return { fault: fault('PKG-10', `a PAX header has more than ${LIMITS.pax} bytes`, header) }
  if (pending) return { fault: fault('PKG-10', 'a PAX header follows a PAX header', header) }
  return readPaxRecords(data, header.type === 'g')
}

function takeEntry(
  walked: Archive,
  header: TarHeader,
  data: Buffer,
  pax: ReadonlyMap<string, string> | undefined,
): ArchiveFault | undefined {
  if (pax && paxDisagrees(pax, header)) return fault('PKG-10', 'a PAX record disagrees with its header', header)
  const refused = typeFault(header)
  if (refused) return refused
  if (walked.entries.length >= LIMITS.entries)
    return { rule: 'PKG-04', message: `the archive has more than ${LIMITS.entries} entries` }
  if (header.size > LIMITS.file) return fault('PKG-03', `a file has more than ${LIMITS.file} bytes`, header)
  const entry = toEntry(header, data)
  const excess = pathExcess(entry.path)
  // The walk goes on, so that an author is told of all such paths; no rule has to look at hundreds of names in one.
  if (excess === undefined) walked.entries.push(entry)
  else walked.faults.push({ rule: 'PKG-04', message: excess, path: entry.path })
  return undefined
}

function typeFault(header: TarHeader): ArchiveFault | undefined {
  if ('LKN'.includes(header.type)) return fault('PKG-10', 'a GNU header overrides a name', header)
  if (header.type !== '0' && header.type !== '5')
    return fault('PKG-06', `an entry is ${TYPE_NAMES[header.type] ?? 'of an unknown type'}`, header)
  if (header.linked) return fault('PKG-06', LINKED, header)
  if (header.type === '5' && header.size > 0) return fault('PKG-01', 'a folder has contents of its own', header)
  return undefined
}

const LINKED = 'an entry names a link target'

const TYPE_NAMES: Record<string, string> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a pipe',
  '7': 'a contiguous file',
  S: 'a sparse file',
}

function toEntry(header: TarHeader, data: Buffer): ArchiveEntry {
  const folder = header.type === '5'
  const path = folder && header.path.endsWith('/') ? header.path.slice(0, -1) : header.path
  const owned = header.uid !== 0 || header.gid !== 0
  return { path, type: folder ? 'folder' : 'file', mode: header.mode, owned, data }
}
