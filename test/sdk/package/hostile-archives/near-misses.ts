import { gzipSync } from 'node:zlib'
import { PACKAGE_LIMITS as LIMITS } from '@annex/package/limits'
import { BLOCK, entry, pax, tar, tgz } from '../tar-builder.ts'
import { file, GOOD, gzipWithHeader, manifest, noise, patched, withManifest } from './parts.ts'

export interface NearMiss {
  /** The rule that it only just keeps. */
  rule: string
  title: string
  bytes(): Uint8Array
}

const small = (fields: Parameters<typeof entry>[0]) =>
  tgz(entry({ path: 'package/package.json', data: '{}', ...fields }))
const folder = (path: string) => entry({ path: `${path}/`, type: '5', mode: 0o755 })

const CASES: Record<string, readonly (readonly [title: string, bytes: () => Uint8Array])[]> = {
  'PKG-01': [
    ['the good package', () => GOOD],
    ['more empty blocks at the end', () => gzipSync(Buffer.concat([tar(manifest), Buffer.alloc(18 * BLOCK)]))],
    ['the name of the tar in the gzip header', () => gzipWithHeader(tar(manifest), 8, Buffer.from('site-1.2.0.tar\0'))],
    ['another system in the gzip header', () => patched(GOOD, 9, 3)],
    ['a gzip header that calls it a text', () => patched(GOOD, 3, 1)],
    ['a gzip file that is only stored', () => gzipSync(tar(manifest), { level: 0 })],
    ['the magic of GNU tar', () => small({ magic: 'ustar  \0' })],
    ['a NUL for the type of a file', () => small({ type: '\0' })],
    ['a header that leaves out owner and devices', () => small({ patch: [[108, Buffer.alloc(16)]] })],
    ['numbers that end with spaces', () => small({ patch: [[124, '00000000002 ']] })],
  ],
  'PKG-02': [['as many bytes as may be uploaded', () => largest()]],
  'PKG-03': [
    ['a file as large as may be', () => withManifest(entry({ data: noisy(LIMITS.file) }))],
    ['a text that shrinks well', () => withManifest(entry({ data: `${'[1, 2, 3], '.repeat(30_000)}` }))],
  ],
  'PKG-04': [
    ['the last entry that may be', () => tgz(...many(LIMITS.entries - 1), manifest)],
    ['a path as deep as may be', () => withManifest(file(`package/${'a/'.repeat(10)}b`))],
    ['a path of two parts', () => withManifest(entry({ prefix: `package/${'a'.repeat(120)}`, path: 'b'.repeat(99) }))],
    ['a name as long as may be', () => withManifest(entry({ prefix: `package/${'a'.repeat(143)}`, path: 'b' }))],
  ],
  'PKG-05': [
    ['dots within a name', () => withManifest(file('package/a..b/...x/c.d'))],
    ['folders', () => tgz(folder('package'), folder('package/src'), manifest)],
    ['letters of other scripts', () => withManifest(file('package/\u00fcber-\u65e5\u672c.md'))],
  ],
  'PKG-06': [['a file that is called a link', () => withManifest(file('package/link', '/etc/passwd'))]],
  'PKG-07': [
    [
      'names that only look alike',
      () => withManifest(...['l', '1', 'I', '\u04cf'].map((it) => file(`package/${it}.js`))),
    ],
    ['names that differ in an accent', () => withManifest(file('package/e'), file('package/\u00e9'))],
    ['one name in two folders', () => withManifest(file('package/a/x'), file('package/b/X'))],
  ],
  'PKG-08': [
    ['a folder and files in it', () => withManifest(folder('package/a'), file('package/a/b'))],
    ['names that begin alike', () => withManifest(file('package/a'), file('package/a.js'), file('package/ab/c'))],
  ],
  'PKG-09': [
    [
      'names that only begin as devices',
      () => withManifest(...['console.js', 'nullable.js', 'com10', 'auxiliary'].map(inPackage)),
    ],
    ['names with a tilde', () => withManifest(...['a~b.js', '~1.js', 'version~12.json', 'a~01'].map(inPackage))],
    [
      'signs that are harmless',
      () => withManifest(...['a b.js', "it's (1) [2] {3} #4 @5 +6 =7 !8 %9 &10"].map(inPackage)),
    ],
  ],
  'PKG-10': [
    ['a PAX time', () => tgz(pax({ mtime: '499162500.5', comment: 'x' }), manifest)],
    [
      'a PAX path that says the same',
      () => withManifest(pax({ path: 'package/\u00e9', size: '4' }), file('package/\u00e9')),
    ],
    ['a global comment', () => tgz(pax({ comment: '83e69762' }, 'g'), manifest)],
    [
      'owners and devices of macOS',
      () => tgz(pax({ uid: '501', uname: 'j\u00fcrgen', 'SCHILY.dev': '16777220' }), manifest),
    ],
  ],
  'PKG-11': [
    ['an execute bit and a group that may write', () => small({ mode: 0o775 })],
    [
      'an owner and the time of today',
      () =>
        small({
          patch: [
            [108, '0001750\0'.repeat(2)],
            [136, '15130000000 '],
          ],
        }),
    ],
  ],
  'PKG-12': [
    ['a text that begins with PK', () => withManifest(file('package/notes.txt', 'PK wrote this'))],
    ['a text that begins with BZh', () => withManifest(file('package/notes.txt', 'BZh is how bzip2 begins'))],
    ['a text with the digits of cpio', () => withManifest(file('package/list.csv', '070701,070702\n070707'))],
    ['a text about zips', () => withManifest(file('package/zip.md', `${'x'.repeat(600)}PK\\x05\\x06 PK 1f 8b ustar`))],
    ['a text whose first letter is Korean', () => withManifest(file('package/notes.txt', '`\uac00 q\u01c4'))],
    ['a picture', () => withManifest(file('package/icon.png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')))],
    ['names that only begin as archives', () => withManifest(...['zip.ts', 'tar.md', 'x.zip.ts'].map(inPackage))],
  ],
  'PKG-13': [
    ['a text that begins with MZ', () => withManifest(file('package/mz.md', `MZ ${'wrote this '.repeat(9)}`))],
    ['a text about ELF', () => withManifest(file('package/elf.md', 'ELF begins with \\x7fELF'))],
    [
      'names that only begin as native code',
      () => withManifest(...['node.js', 'wasm.ts', 'x.node.ts', 'x.sort'].map(inPackage)),
    ],
  ],
  'PKG-15': [
    ['the description of the definition', () => withManifest(file('package/annex.describe.json', '{}'))],
    ['a lock in a folder', () => withManifest(file('package/src/annex.lock'), file('package/annexe.json'))],
  ],
}

/** Sound archives that look like hostile ones, each beside the rule that might have refused it. */
export function* nearMisses(): Generator<NearMiss> {
  for (const [rule, cases] of Object.entries(CASES)) for (const [title, bytes] of cases) yield { rule, title, bytes }
}

function inPackage(name: string): Buffer {
  return file(`package/${name}`)
}

function many(count: number): Buffer[] {
  return Array.from({ length: count }, (_, n) => inPackage(`${n}`))
}

function noisy(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  noise(length / 4).copy(bytes)
  return bytes
}

function largest(): Uint8Array {
  // What deflate cannot shrink, it stores: five bytes more for each block, and the headers.
  return withManifest(entry({ data: noise(LIMITS.compressed - 4 * 1024) }))
}
