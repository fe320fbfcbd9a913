import { PACKAGE_LIMITS as LIMITS } from '@annex/package/limits'
import { entry, pax, tgz } from '../tar-builder.ts'
import type { HostileCase } from './hostile-case.ts'
import { file, manifest, noise, withManifest } from './parts.ts'

const x = file('package/x')
const longName = (type: string, name: string, fields = {}) =>
  entry({ path: '././@LongLink', type, magic: 'ustar  \0', data: `${name}\0`, ...fields })
const record = (text: string) => pax(Buffer.from(text))

/** Records of a PAX header (POSIX pax, "pax Extended Header") that say another thing than the header that follows. */
const OVERRIDES: readonly (readonly [title: string, ...entries: Buffer[]])[] = [
  ['path', pax({ path: 'package/../../x' }), x],
  ['path within the package', pax({ path: 'package/y' }), x],
  ['path that is empty, and so unset', pax({ path: '' }), x],
  ['path in another spelling', pax({ path: 'package/./x' }), x],
  ['path in another case', pax({ path: 'package/X' }), x],
  ['path with a closing slash', pax({ path: 'package/x/' }), x],
  ['path of the manifest', pax({ path: 'package/package.json' }), x],
  ['path in a global header', pax({ path: 'package/x' }, 'g'), x],
  ['path that a header of its own repeats', pax({ path: 'package/y' }, 'g'), pax({ path: 'package/x' }), x],
  ['size', pax({ size: '512' }), x],
  ['size of nothing', pax({ size: '0' }), x],
  ['size with a minus', pax({ size: '-4' }), x],
  ['size with zeros in front', pax({ size: '0004' }), x],
  ['size in hexadecimal', pax({ size: '0x4' }), x],
  ['size with an exponent', pax({ size: '4e0' }), x],
  ['size beyond all numbers', pax({ size: '9'.repeat(40) }), x],
  ['size that hides an entry in a file', pax({ size: '1536' }), file('package/a', ''), file('package/b'), x],
  ['size in a global header', pax({ size: '4' }, 'g'), x],
  ['link', pax({ linkpath: '/etc/passwd' }), x],
  ['link in a global header', pax({ linkpath: '/etc/passwd' }, 'g'), x],
  ['type of GNU', pax({ 'GNU.dumpdir': 'Yx\0' }), x],
  ['sparse map', pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0' }), x],
  ['sparse map of old', pax({ 'GNU.sparse.size': '1000000000000', 'GNU.sparse.numblocks': '0' }), x],
  ['name of a sparse file', pax({ 'GNU.sparse.name': 'package/../../x' }), x],
  ['real size of a sparse file', pax({ 'GNU.sparse.realsize': '8589934592' }), x],
  ['sparse map of star', pax({ 'SCHILY.realsize': '8589934592' }), x],
  ['type of star', pax({ 'SCHILY.filetype': 'symlink' }), x],
  ['list of rights', pax({ 'SCHILY.acl.access': 'user::rwx,other::rwx' }), x],
  ['capability of a program', pax({ 'SCHILY.xattr.security.capability': 'x' }), x],
  ['attribute of macOS', pax({ 'LIBARCHIVE.xattr.com.apple.quarantine': 'x' }), x],
  ['mode flags of a file', pax({ 'SCHILY.fflags': 'uchg' }), x],
  ['character set', pax({ hdrcharset: 'BINARY' }), x],
  ['character set of the contents', pax({ charset: 'ISO-IR 8859 1 1998' }), x],
  ['property that every object has', pax({ ['__proto__']: 'package/y' }), x],
  ['constructor', pax({ constructor: 'package/y' }), x],
  ['path in capitals', pax({ PATH: 'package/y' }), x],
  ['path behind a space', record('18 path =package/y\n'), x],
  ['key of a vendor', pax({ 'VENDOR.key': 'x' }), x],
]

/** Records that readers cut in different places. */
const MALFORMED: readonly (readonly [title: string, text: string])[] = [
  ['twice', '8 uid=1\n8 uid=2\n'],
  ['with a length that is too long', '99 mtime=1\n'],
  ['with a length that is too short', '5 mtime=1\n'],
  ['with a length of nothing', '0 mtime=1\n'],
  ['with a negative length', '-11 mtime=1\n'],
  ['with a length with zeros in front', '011 mtime=1\n'],
  ['with a length with a space in front', ' 12 mtime=1\n'],
  ['with a length in hexadecimal', '0xb mtime=1\n'],
  ['with an endless length', `${'1'.repeat(300)} mtime=1\n`],
  ['with a line end inside', '22 comment=a\n9 path=b\n'],
  ['with a NUL inside', '17 comment=a\0b\0c\n'],
  ['without a length', 'mtime=1\n'],
  ['without a line end', '10 mtime=1'],
  ['without a value', '9 mtime\n'],
  ['without a key', '6 =xy\n'],
  ['of nothing', '3 \n'],
  ['with NULs behind it', `11 mtime=1\n${'\0'.repeat(20)}`],
  ['with a line end behind it', '11 mtime=1\n\n'],
]

/** Headers about the next header, and about all that follow: PAX, and those of GNU tar. */
export const EXTENSION_HEADERS: readonly HostileCase[] = [
  ...OVERRIDES.map(([title, ...entries]) => refused(`a PAX record for another ${title}`, ...entries)),
  ...MALFORMED.map(([title, text]) => refused(`a PAX record ${title}`, record(text), x)),
  refused('a large PAX header', pax({ comment: noise(LIMITS.pax).toString('hex') }), x),
  refused('a PAX header of megabytes', pax({ comment: noise(2_000_000).toString('base64') }), x),
  refused('a large global PAX header', pax({ comment: noise(LIMITS.pax).toString('hex') }, 'g'), x),
  refused('two PAX headers', pax({ mtime: '1' }), pax({ mtime: '2' }), x),
  refused('a global header between a PAX header and its file', pax({ mtime: '1' }), pax({ comment: 'x' }, 'g'), x),
  refused('a PAX header without a file', pax({ mtime: '1' })),
  refused('a long name of GNU tar', longName('L', 'package/../x'), x),
  refused('a long name that says the same', longName('L', 'package/x'), x),
  refused('a long name after a PAX path', pax({ path: 'package/x' }), longName('L', 'package/../x'), x),
  refused('two long names', longName('L', 'package/a'), longName('L', 'package/b'), x),
  refused('a long name without an end', longName('L', 'a'.repeat(511)), x),
  refused('a long name of megabytes', longName('L', noise(500_000).toString('base64')), x),
  refused('a long name of nothing', longName('L', ''), x),
  refused('a long link of GNU tar', longName('K', '/etc/passwd'), x),
  refused('a long link and a symbolic link', longName('K', '/etc/passwd'), entry({ path: 'package/x', type: '2' })),
  refused('a long name of old', longName('N', 'Rename x to /etc/x\n'), x),
  {
    title: 'a PAX header whose own name leaves the package',
    bytes: () => withManifest(entry({ path: '../../etc/cron.d/x', type: 'x', data: '11 mtime=1\n' }), x),
    rule: 'PKG-05',
  },
  {
    title: 'a global PAX header with an absolute name',
    bytes: () => tgz(entry({ path: '/etc/cron.d/x', type: 'g', data: '11 mtime=1\n' }), manifest),
    rule: 'PKG-05',
  },
  {
    title: 'a symbolic link behind a harmless PAX header',
    bytes: () => withManifest(pax({ mtime: '1' }), entry({ path: 'package/x', type: '2', link: '/' })),
    rule: 'PKG-06',
  },
]

function refused(title: string, ...entries: Buffer[]): HostileCase {
  return { title, bytes: () => withManifest(...entries), rule: 'PKG-10' }
}
