import { gzipSync } from 'node:zlib'
import { PACKAGE_LIMITS as LIMITS } from '@annex/package/limits'
import { readPackage } from '@annex/package/read-package'
import { writeArchive } from '@annex/package/write-archive'
import t from 'tap'
import { changedPackage, goodFiles, goodManifest } from './good-package.ts'
import { BLOCK, entry, pax, tar, tgz } from './tar-builder.ts'

const GOOD = changedPackage({})
const manifest = entry({ path: 'package/package.json', data: JSON.stringify(goodManifest()) })
const file = (path: string | Uint8Array, data = 'text') => entry({ path, data })
const zero = Buffer.alloc(BLOCK)
const noise = (length: number) => Buffer.from({ length }).map((_, index) => (index * 2654435761) >>> 13)

/** Name, bytes, and the rule that refuses them. */
const HOSTILE: [title: string, bytes: () => Uint8Array, rule: string][] = [
  ['no bytes', () => Buffer.alloc(0), 'PKG-01'],
  ['a text', () => Buffer.from('hello'), 'PKG-01'],
  ['a tar that is not compressed', () => tar(manifest), 'PKG-01'],
  ['a gzip file that is cut off', () => GOOD.subarray(0, GOOD.length / 2), 'PKG-01'],
  ['a gzip trailer that is cut off', () => GOOD.subarray(0, -3), 'PKG-01'],
  ['bytes after the gzip member', () => Buffer.concat([GOOD, Buffer.from('x')]), 'PKG-01'],
  ['zeros after the gzip member', () => Buffer.concat([GOOD, Buffer.alloc(64)]), 'PKG-01'],
  ['a second gzip member', () => Buffer.concat([GOOD, gzipSync('more')]), 'PKG-01'],
  ['an empty member before the package', () => Buffer.concat([gzipSync(''), GOOD]), 'PKG-01'],
  ['a wrong CRC', () => flipped(GOOD, GOOD.length - 8), 'PKG-01'],
  ['a wrong length in the trailer', () => flipped(GOOD, GOOD.length - 4), 'PKG-01'],
  ['another compression method', () => flipped(GOOD, 2), 'PKG-01'],
  ['reserved gzip flags', () => patched(GOOD, 3, 0xe0), 'PKG-01'],
  ['an archive without an end', () => gzipSync(manifest), 'PKG-01'],
  ['one empty block for an end', () => gzipSync(Buffer.concat([manifest, zero])), 'PKG-01'],
  ['an entry after the end', () => gzipSync(Buffer.concat([tar(manifest), file('package/late.txt')])), 'PKG-01'],
  ['one empty block between entries', () => tgz(manifest, zero, file('package/late.txt')), 'PKG-01'],
  [
    'a length that is no multiple of a block',
    () => gzipSync(Buffer.concat([tar(manifest), Buffer.alloc(7)])),
    'PKG-01',
  ],
  ['a wrong checksum', () => tgz(entry({ checksum: '000000\0 ' })), 'PKG-01'],
  ['a checksum that is not a number', () => tgz(entry({ checksum: 'abcdef\0 ' })), 'PKG-01'],
  ['no ustar magic', () => tgz(entry({ magic: '\0\0\0\0\0\0\0\0' })), 'PKG-01'],
  ['a size beyond the archive', () => tgz(entry({ size: 5_000 })), 'PKG-01'],
  ['a size in base 256', () => tgz(entry({ size: '\x80\0\0\0\0\0\0\0\0\0\0\x04', data: 'text' })), 'PKG-01'],
  ['a negative size', () => tgz(entry({ size: '-0000000004\0' })), 'PKG-01'],
  ['a size with letters behind it', () => tgz(entry({ size: '4zzzzzzzzzz\0', data: 'text' })), 'PKG-01'],
  ['a mode that is not octal', () => tgz(entry({ mode: '0000948\0' })), 'PKG-01'],
  ['data in the padding of a file', () => tgz(entry({ data: 'text', padding: 65 })), 'PKG-01'],
  ['data in the free bytes of a header', () => tgz(entry({ patch: [[505, 'hidden']] })), 'PKG-01'],
  ['a folder with contents', () => tgz(entry({ path: 'package/a/', type: '5', data: 'text' })), 'PKG-01'],
  ['a file larger than may be uploaded', () => Buffer.concat([GOOD, Buffer.alloc(LIMITS.compressed)]), 'PKG-02'],
  ['a bomb', () => gzipSync(Buffer.alloc(LIMITS.unpacked + BLOCK)), 'PKG-03'],
  ['a bomb within the size limit', () => gzipSync(Buffer.alloc(LIMITS.unpacked - BLOCK)), 'PKG-03'],
  ['one file that is too large', () => tgz(entry({ data: noise(LIMITS.file + 1) })), 'PKG-03'],
  [
    'too many entries',
    () => tgz(...Array.from({ length: LIMITS.entries + 1 }, (_, n) => file(`package/${n}`, `${noise(200)}`))),
    'PKG-04',
  ],
  [
    'too many headers',
    () => tgz(...Array.from({ length: 2 * LIMITS.entries + 1 }, (_, n) => pax({ comment: `${n}` }, 'g'))),
    'PKG-04',
  ],
  [
    'a path that is too long',
    () => tgz(entry({ prefix: `package/${'p/'.repeat(2)}${'a'.repeat(140)}`, path: 'b'.repeat(95) })),
    'PKG-04',
  ],
  ['a path that is too deep', () => tgz(file(`package/${'a/'.repeat(12)}b`)), 'PKG-04'],
  ['a path that leaves the package', () => tgz(file('package/../../etc/passwd')), 'PKG-05'],
  ['a path that leaves from a folder', () => tgz(file('package/src/../../../x')), 'PKG-05'],
  ['a path that is only dots', () => tgz(file('..')), 'PKG-05'],
  ['dots in the prefix', () => tgz(entry({ prefix: 'package/..', path: 'x' })), 'PKG-05'],
  ['an absolute path', () => tgz(file('/etc/passwd')), 'PKG-05'],
  ['two slashes in front', () => tgz(file('//server/share')), 'PKG-05'],
  ['a backslash', () => tgz(file('package\\..\\x')), 'PKG-05'],
  ['a share of Windows', () => tgz(file('\\\\server\\share\\x')), 'PKG-05'],
  ['a drive letter', () => tgz(file('C:/package/x')), 'PKG-05'],
  ['a drive letter inside', () => tgz(file('package/c:x')), 'PKG-05'],
  ['a dot for a name', () => tgz(file('package/./x')), 'PKG-05'],
  ['an empty name in a path', () => tgz(file('package//x')), 'PKG-05'],
  ['an empty path', () => tgz(entry({ path: '' })), 'PKG-05'],
  ['a file with a closing slash', () => tgz(file('package/x/')), 'PKG-05'],
  ['a file in the place of the root', () => tgz(file('package')), 'PKG-05'],
  ['another root', () => tgz(file('other/x')), 'PKG-05'],
  ['a NUL in a name', () => tgz(file('package/x\0/../../y')), 'PKG-05'],
  ['a NUL and a line end in a name', () => tgz(file('package/x\0\n.js')), 'PKG-05'],
  ['a name that is not UTF-8', () => tgz(file(Buffer.from('7061636b6167652fff', 'hex'))), 'PKG-05'],
  ['an overlong slash', () => tgz(file(Buffer.from('7061636b6167652f2e2ec0af78', 'hex'))), 'PKG-05'],
  ['dots that become dots when normalised', () => tgz(file('package/\u2025/x')), 'PKG-05'],
  ['a slash that becomes one when normalised', () => tgz(file('package/..\uff0f..\uff0fx')), 'PKG-05'],
  ['a symbolic link', () => tgz(entry({ path: 'package/x', type: '2', link: '/etc/passwd' })), 'PKG-06'],
  ['a hard link', () => tgz(entry({ path: 'package/x', type: '1', link: 'package/package.json' })), 'PKG-06'],
  ['a character device', () => tgz(entry({ type: '3' })), 'PKG-06'],
  ['a block device', () => tgz(entry({ type: '4' })), 'PKG-06'],
  ['a pipe', () => tgz(entry({ type: '6' })), 'PKG-06'],
  ['a contiguous file', () => tgz(entry({ type: '7' })), 'PKG-06'],
  ['a sparse file', () => tgz(entry({ type: 'S' })), 'PKG-06'],
  ['a GNU dump folder', () => tgz(entry({ type: 'D' })), 'PKG-06'],
  ['an unknown type', () => tgz(entry({ type: 'Q' })), 'PKG-06'],
  ['a file with a link target', () => tgz(entry({ link: '/etc/passwd' })), 'PKG-06'],
  ['a path twice', () => tgz(manifest, manifest), 'PKG-07'],
  ['a path in another case', () => tgz(file('package/a.js'), file('package/A.js')), 'PKG-07'],
  ['a path composed and decomposed', () => tgz(file('package/\u00e9.js'), file('package/e\u0301.js')), 'PKG-07'],
  ['a ligature', () => tgz(file('package/\ufb01le.js'), file('package/file.js')), 'PKG-07'],
  ['a sharp s', () => tgz(file('package/stra\u00dfe.js'), file('package/strasse.js')), 'PKG-07'],
  ['a kelvin sign', () => tgz(file('package/\u212a.js'), file('package/k.js')), 'PKG-07'],
  ['a folder in another case', () => tgz(file('package/Src/a.js'), file('package/src/b.js')), 'PKG-07'],
  ['a file that is a folder', () => tgz(file('package/a'), file('package/a/b')), 'PKG-08'],
  ['a folder that becomes a file later', () => tgz(file('package/a/b/c'), file('package/A')), 'PKG-08'],
  ['a device of Windows', () => tgz(file('package/nul')), 'PKG-09'],
  ['a device of Windows with an ending', () => tgz(file('package/Com1.txt')), 'PKG-09'],
  ['a device of Windows as a folder', () => tgz(file('package/aux/x')), 'PKG-09'],
  ['a name that ends with a dot', () => tgz(file('package/x.')), 'PKG-09'],
  ['a name that ends with a space', () => tgz(file('package/x /y')), 'PKG-09'],
  ['a stream of NTFS', () => tgz(file('package/file.js:hidden')), 'PKG-09'],
  ['a line end in a name', () => tgz(file('package/a\nb')), 'PKG-09'],
  ['an escape in a name', () => tgz(file('package/\u001b[2Jx')), 'PKG-09'],
  ['a name that turns its direction', () => tgz(file('package/gpj.\u202esj.exe')), 'PKG-09'],
  ['an invisible character in a name', () => tgz(file('package/in\u200bdex.js')), 'PKG-09'],
  ['a PAX path', () => tgz(pax({ path: 'package/../../x' }), file('package/x')), 'PKG-10'],
  ['a PAX size', () => tgz(pax({ size: '512' }), file('package/x')), 'PKG-10'],
  ['a PAX link', () => tgz(pax({ linkpath: '/etc/passwd' }), file('package/x')), 'PKG-10'],
  ['a global PAX path', () => tgz(pax({ path: 'package/x' }, 'g'), file('package/x')), 'PKG-10'],
  ['a PAX sparse map', () => tgz(pax({ 'GNU.sparse.major': '1' }), file('package/x')), 'PKG-10'],
  ['an unknown PAX record', () => tgz(pax({ 'SCHILY.xattr.security.capability': 'x' }), file('package/x')), 'PKG-10'],
  ['a PAX record twice', () => tgz(pax(Buffer.from('8 uid=1\n8 uid=2\n')), file('package/x')), 'PKG-10'],
  ['a PAX record with a wrong length', () => tgz(pax(Buffer.from('99 mtime=1\n')), file('package/x')), 'PKG-10'],
  [
    'a PAX record with a line end inside',
    () => tgz(pax(Buffer.from('22 comment=a\n9 path=b\n')), file('package/x')),
    'PKG-10',
  ],
  ['a PAX record without a length', () => tgz(pax(Buffer.from('mtime=1\n')), file('package/x')), 'PKG-10'],
  ['a large PAX header', () => tgz(pax({ comment: 'x'.repeat(LIMITS.pax) }), file('package/x')), 'PKG-10'],
  ['two PAX headers', () => tgz(pax({ mtime: '1' }), pax({ mtime: '2' }), file('package/x')), 'PKG-10'],
  ['a PAX header without a file', () => tgz(manifest, pax({ mtime: '1' })), 'PKG-10'],
  [
    'a GNU long name',
    () => tgz(entry({ path: '././@LongLink', type: 'L', data: 'package/../x\0' }), file('package/x')),
    'PKG-10',
  ],
  [
    'a GNU long link',
    () => tgz(entry({ path: '././@LongLink', type: 'K', data: '/etc/passwd\0' }), file('package/x')),
    'PKG-10',
  ],
  ['a set-user-id bit', () => tgz(entry({ mode: 0o4755 })), 'PKG-11'],
  ['a sticky bit', () => tgz(entry({ mode: 0o1644 })), 'PKG-11'],
  ['a file that anyone may write', () => tgz(entry({ mode: 0o666 })), 'PKG-11'],
  ['a zip', () => tgz(file('package/data.bin', 'PK\u0003\u0004rest')), 'PKG-12'],
  ['a package in the package', () => tgz(file('package/inner.tgz')), 'PKG-12'],
  ['a phar', () => tgz(file('package/image.gif', 'GIF89a __HALT_COMPILER(); ?>')), 'PKG-12'],
  ['a tar without its suffix', () => tgz(entry({ path: 'package/data', data: tar(manifest) })), 'PKG-12'],
  ['a native library', () => tgz(file('package/x', '\u007fELF\u0002\u0001')), 'PKG-13'],
  ['a program for Windows', () => tgz(file('package/x', 'MZ\u0001\0\u0002\0')), 'PKG-13'],
  ['WebAssembly', () => tgz(file('package/x.bin', '\0asm\u0001\0\0\0')), 'PKG-13'],
  ['an add-on of Node', () => tgz(file('package/build/x.node')), 'PKG-13'],
  ['a signature of the marketplace', () => tgz(file('package/annex.signature.json')), 'PKG-15'],
  ['a lock file in another case', () => tgz(file('package/ANNEX.lock')), 'PKG-15'],
  ['no manifest', () => tgz(file('package/README.md')), 'MAN-01'],
  ['a manifest that is a folder', () => tgz(entry({ path: 'package/package.json/', type: '5' })), 'MAN-01'],
]

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return patched(bytes, at, (bytes[at] ?? 0) ^ 0xff)
}

function patched(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = value
  return copy
}

t.test('hostile archives', async (t) => {
  for (const [title, bytes, rule] of HOSTILE) {
    const read = readPackage(bytes())
    const rules = read.ok ? ['accepted'] : [...new Set(read.findings.map((finding) => finding.rule))]
    t.ok(rules.includes(rule), `refuses ${title} by ${rule}`, { rules })
  }
})

t.test('harmless archives', async (t) => {
  const harmless: [string, Uint8Array][] = [
    ['the good package', GOOD],
    [
      'folders',
      tgz(
        entry({ path: 'package/', type: '5', mode: 0o755 }),
        entry({ path: 'package/src/', type: '5', mode: 0o755 }),
        manifest,
      ),
    ],
    ['a NUL for the type of a file', tgz(entry({ path: 'package/package.json', type: '\0', data: '{}' }))],
    ['the magic of GNU tar', tgz(entry({ path: 'package/package.json', magic: 'ustar  \0', data: '{}' }))],
    ['a PAX time', tgz(pax({ mtime: '499162500.5', comment: 'x' }), manifest)],
    [
      'a PAX path that says the same',
      tgz(pax({ path: 'package/\u00e9.txt', size: '4' }), file('package/\u00e9.txt'), manifest),
    ],
    ['a global comment', tgz(pax({ comment: '83e69762' }, 'g'), manifest)],
    [
      'an execute bit and a group that may write',
      tgz(entry({ path: 'package/package.json', mode: 0o775, data: '{}' })),
    ],
    ['dots within a name', tgz(file('package/a..b/...x/c.d'), manifest)],
    [
      'names that only begin as devices',
      tgz(file('package/console.js'), file('package/nullable.js'), file('package/com10'), manifest),
    ],
    ['letters of other scripts', tgz(file('package/\u00fcber-\u65e5\u672c.md'), manifest)],
    ['a name of two parts', tgz(entry({ prefix: `package/${'a'.repeat(120)}`, path: 'b'.repeat(99) }), manifest)],
    [
      'a text that begins with MZ',
      tgz(
        file('package/notes.txt', 'MZ is the author of the format, and the text goes on for more than a header'),
        manifest,
      ),
    ],
    ['a text that begins with PK', tgz(file('package/notes.txt', 'PK wrote this'), manifest)],
    ['a text that begins with BZh', tgz(file('package/notes.txt', 'BZh is how bzip2 begins'), manifest)],
    [
      'the last entry that may be',
      tgz(...Array.from({ length: LIMITS.entries - 1 }, (_, n) => file(`package/${n}`)), manifest),
    ],
    ['a description', tgz(file('package/annex.describe.json'), file('package/src/annex.lock'), manifest)],
    ['more empty blocks at the end', gzipSync(Buffer.concat([tar(manifest), Buffer.alloc(18 * BLOCK)]))],
  ]
  for (const [title, bytes] of harmless) t.match(readPackage(bytes), { ok: true }, `takes ${title}`)
})

t.test('reads what was packed', async (t) => {
  const read = readPackage(GOOD)
  if (!read.ok) throw new Error('the good package was refused')
  const { files, manifest, size, unpacked, digest } = read.package
  t.strictSame([...files.keys()], Object.keys(goodFiles()).sort())
  t.equal(Buffer.from(files.get('src/index.ts') ?? '').toString(), goodFiles()['src/index.ts'])
  t.strictSame(manifest, goodManifest())
  t.equal(size, GOOD.length)
  t.equal(unpacked % BLOCK, 0)
  t.match(digest, /^[0-9a-f]{64}$/)
})

t.test('findings hold no raw control characters', async (t) => {
  const read = readPackage(tgz(file('package/\u001b[2J\u202ex')))
  if (read.ok) throw new Error('accepted')
  for (const { message, file = '' } of read.findings) t.notMatch(message + file, /[\p{Cc}\p{Cf}]/u)
  t.match(read.findings[0], { rule: 'PKG-09', severity: 'error', docs: 'pkg-09' })
})

t.test('a refused file keeps the others from being handed out', async (t) => {
  const bytes = writeArchive(new Map([['package.json', Buffer.from('{}')]]))
  t.match(readPackage(bytes), { ok: true })
  t.match(readPackage(tgz(manifest, file('package/../x'))), { ok: false, package: undefined })
})
