import { gzipSync } from 'node:zlib'
import { BLOCK, entry, tar, tgz } from '../tar-builder.ts'
import type { HostileCase } from './hostile-case.ts'
import { file, manifest, withManifest } from './parts.ts'

const zero = Buffer.alloc(BLOCK)
const late = file('package/late.js')

/** Archives that end where they should not, go on where they should end, or lie about where a file ends. */
const ENDS: readonly HostileCase[] = [
  { title: 'an archive without an end', bytes: () => gzipSync(manifest), rule: 'PKG-01' },
  { title: 'nothing in the archive', bytes: () => gzipSync(''), rule: 'PKG-01' },
  { title: 'one empty block for an end', bytes: () => gzipSync(Buffer.concat([manifest, zero])), rule: 'PKG-01' },
  { title: 'an entry after the end', bytes: () => gzipSync(Buffer.concat([tar(manifest), late])), rule: 'PKG-01' },
  {
    title: 'an archive after the end',
    bytes: () => gzipSync(Buffer.concat([tar(manifest), tar(late)])),
    rule: 'PKG-01',
  },
  { title: 'one empty block between entries', bytes: () => tgz(manifest, zero, late), rule: 'PKG-01' },
  { title: 'three empty blocks between entries', bytes: () => tgz(manifest, zero, zero, zero, late), rule: 'PKG-01' },
  { title: 'an empty block in front', bytes: () => tgz(zero, manifest), rule: 'PKG-01' },
  {
    title: 'a text after the end',
    bytes: () => gzipSync(Buffer.concat([tar(manifest), Buffer.alloc(BLOCK, 'hidden ')])),
    rule: 'PKG-01',
  },
  {
    title: 'a last byte after the end',
    bytes: () => gzipSync(Buffer.concat([tar(manifest), Buffer.alloc(BLOCK - 1), Buffer.from([1])])),
    rule: 'PKG-01',
  },
  {
    title: 'a length that is no multiple of a block',
    bytes: () => gzipSync(Buffer.concat([tar(manifest), Buffer.alloc(7)])),
    rule: 'PKG-01',
  },
  { title: 'half a header', bytes: () => gzipSync(Buffer.concat([manifest, late.subarray(0, 300)])), rule: 'PKG-01' },
  { title: 'a header of noise', bytes: () => tgz(manifest, Buffer.alloc(BLOCK, 0xa5)), rule: 'PKG-01' },
  { title: 'a size beyond the archive', bytes: () => tgz(entry({ size: 5_000 })), rule: 'PKG-01' },
  { title: 'a size of 8 GiB', bytes: () => tgz(entry({ size: '77777777777\0', data: 'text' })), rule: 'PKG-01' },
  {
    title: 'a size that swallows the next entry',
    bytes: () => tgz(manifest, entry({ path: 'package/a', size: late.length }), late),
    rule: 'PKG-12',
  },
  {
    title: 'a size that leaves part of the data as a header',
    bytes: () => tgz(manifest, entry({ path: 'package/a', size: 0, data: 'x'.repeat(BLOCK) })),
    rule: 'PKG-01',
  },
  {
    title: 'data in the padding of a file',
    bytes: () => withManifest(entry({ data: 'text', padding: 65 })),
    rule: 'PKG-01',
  },
  {
    title: 'a folder with contents',
    bytes: () => withManifest(entry({ path: 'package/a/', type: '5', data: 'text' })),
    rule: 'PKG-01',
  },
  {
    title: 'a folder that hides an entry as its contents',
    bytes: () => withManifest(entry({ path: 'package/a/', type: '5', data: late })),
    rule: 'PKG-01',
  },
]

/** Headers that one reader takes so and another otherwise. */
const HEADERS: readonly HostileCase[] = [
  ...[
    ['a wrong checksum', '000000\0 '],
    ['a checksum that is not a number', 'abcdef\0 '],
    ['no checksum', '\0\0\0\0\0\0\0\0'],
    ['a checksum of spaces', '        '],
    ['a negative checksum', '-00001\0 '],
    ['a checksum in base 256', '\u0080\0\0\0\0\0\u0010\0'],
    ['a checksum with a letter behind it', '012345x '],
  ].map(([title = '', checksum = '']) => header(title, { checksum: latin(checksum) })),
  header('a checksum of signed bytes', { path: 'package/\u00e9', checksum: 'signed' }),
  ...[
    ['no magic', '\0\0\0\0\0\0\0\0'],
    ['another magic', 'tsarch\0\0'],
    ['the magic in capitals', 'USTAR\u000000'],
    ['another version of ustar', 'ustar\u000099'],
    ['the magic of one format and the version of another', 'ustar \u000000'],
  ].map(([title = '', magic = '']) => header(title, { magic })),
  ...[
    ['in base 256', '\u0080\0\0\0\0\0\0\0\0\0\0\u0004'],
    ['in base 256 and negative', `${'\u00ff'.repeat(11)}\u00fc`],
    ['in base 256 and larger than a file can be', `\u0080${'\u007f'.repeat(11)}`],
    ['with a minus', '-0000000004\0'],
    ['with a plus', '+0000000004\0'],
    ['with letters behind it', '4zzzzzzzzzz\0'],
    ['with another number behind it', '4\u0000000001000\0'],
    ['in hexadecimal', '0x000000004\0'],
    ['in decimal digits', '00000000009\0'],
    ['with spaces in front', '          4\0'],
    ['without an end', '000000000004'],
    ['of nothing but NULs', '\0'.repeat(12)],
    ['of nothing but spaces', ' '.repeat(12)],
    ['with a point', '4.0\0\0\0\0\0\0\0\0\0'],
    ['with an exponent', '4e0\0\0\0\0\0\0\0\0\0'],
    ['in digits of another script', '\u0664\0\0\0\0\0\0\0\0\0\0'],
  ].map(([title = '', size = '']) => header(`a size ${title}`, { data: 'text', patch: [[124, latin(size)]] })),
  header('a mode that is not octal', { mode: '0000948\0' }),
  header('a mode in base 256', { patch: [[100, latin('\u0080\0\0\0\0\0\u0001\u00a4')]] }),
  ...(
    [
      ['user', 108, 8],
      ['group', 116, 8],
      ['time', 136, 12],
    ] as const
  ).flatMap(([name, at, length]) => [
    header(`a ${name} in base 256`, { patch: [[at, latin(`\u0080${'\u007f'.repeat(length - 1)}`)]] }),
    header(`a negative ${name}`, { patch: [[at, latin('\u00ff'.repeat(length))]] }),
    header(`a ${name} of letters`, { patch: [[at, 'root'.padEnd(length, '\0')]] }),
  ]),
  header('a device number of letters', { patch: [[329, 'deadbeef']] }),
  header('data in the free bytes of a header', { patch: [[505, 'hidden']] }),
  header('a second name where GNU keeps times', { magic: 'ustar  \0', patch: [[345, 'package/other']] }),
  header('a sparse map in the header of a plain file', { magic: 'ustar  \0', patch: [[386, '00000001000\0']] }),
  header('a real size in the header of a plain file', { magic: 'ustar  \0', patch: [[483, '00000001000\0']] }),
]

export const TAR_STRUCTURE: readonly HostileCase[] = [...ENDS, ...HEADERS]

type HeaderFields = Parameters<typeof entry>[0]

function header(title: string, fields: Omit<HeaderFields, 'checksum'> & { checksum?: string | Buffer }): HostileCase {
  const { checksum, ...others } = fields
  const bytes = () => {
    const made = entry(others)
    if (checksum === 'signed') made.write(`${signedSum(made).toString(8).padStart(6, '0')}\0 `, 148)
    else if (checksum !== undefined) Buffer.from(checksum).copy(made, 148)
    return withManifest(made)
  }
  return { title, bytes, rule: 'PKG-01' }
}

/** One byte a character. */
function latin(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** As some tools of old summed, which took bytes for signed. */
function signedSum(made: Buffer): number {
  const header = Buffer.from(made.subarray(0, BLOCK)).fill(0x20, 148, 156)
  return header.reduce((sum, byte) => sum + (byte > 127 ? byte - 256 : byte), 0)
}
