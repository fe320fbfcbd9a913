import type { ArchiveFault } from './archive-fault.ts'
import type { TarHeader } from './tar-header.ts'

/** Records that say nothing about which bytes stand under which path. Real packers write them. */
const HARMLESS = /^(mtime|atime|ctime|uid|gid|uname|gname|comment|LIBARCHIVE\.creationtime|SCHILY\.(dev|ino|nlink))$/

/** The records of a PAX block (POSIX pax, extended header); a fault for any that could change what follows. */
export function readPaxRecords(data: Buffer, global: boolean): Map<string, string> | { fault: ArchiveFault } {
  const records = new Map<string, string>()
  let at = 0
  while (at < data.length) {
    const record = readRecord(data, at)
    if (!record) return fault('a PAX record is malformed')
    const { key, value, end } = record
    const allowed = HARMLESS.test(key) || (!global && (key === 'path' || key === 'size'))
    if (!allowed) return fault('a PAX record overrides what a header says')
    if (records.has(key)) return fault('a PAX record stands twice')
    records.set(key, value)
    at = end
  }
  return records
}

function fault(message: string): { fault: ArchiveFault } {
  return { fault: { rule: 'PKG-10', message } }
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function readRecord(data: Buffer, at: number): { key: string; value: string; end: number } | undefined {
  const match = /^([1-9]\d{0,5}) /.exec(data.toString('latin1', at, at + 8))
  const end = at + Number(match?.[1] ?? Number.NaN)
  if (!match || !(end <= data.length) || data[end - 1] !== 0x0a) return undefined
  const text = data.subarray(at + match[0].length, end - 1)
  const equals = text.indexOf('=')
  // A NUL or a line end in a value is where readers disagree.
  if (equals < 1 || text.includes(0) || text.includes(0x0a)) return undefined
  return { key: text.toString('utf8', 0, equals), value: text.toString('utf8', equals + 1), end }
}

/** `path` and `size` may be repeated, as packers do for names beyond ASCII; they may not say anything else. */
export function paxDisagrees(records: ReadonlyMap<string, string>, header: TarHeader): boolean {
  const path = records.get('path')
  const size = records.get('size')
  return (path !== undefined && path !== header.path) || (size !== undefined && size !== String(header.size))
}
