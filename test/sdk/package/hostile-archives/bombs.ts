import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { PACKAGE_LIMITS as LIMITS } from '@annex/package/limits'
import { BLOCK, entry, pax, tar, tgz } from '../tar-builder.ts'
import type { HostileCase } from './hostile-case.ts'
import { file, GOOD, manifest, noise, withManifest } from './parts.ts'

const MANY = LIMITS.entries + 1

/** What is small to send and much to hold, or short to say and long to read. */
export const BOMBS: readonly HostileCase[] = [
  {
    title: 'a file larger than may be uploaded',
    bytes: () => Buffer.concat([GOOD, Buffer.alloc(LIMITS.compressed)]),
    rule: 'PKG-02',
  },
  { title: 'nothing but bytes, one too many', bytes: () => noise(LIMITS.compressed + 1), rule: 'PKG-02' },
  { title: 'a bomb', bytes: () => gzipSync(Buffer.alloc(LIMITS.unpacked + BLOCK)), rule: 'PKG-03' },
  { title: 'a bomb of 4 GiB', bytes: () => flatBomb(4 * 1024), rule: 'PKG-03' },
  { title: 'a bomb that says that it is small', bytes: () => flatBomb(64), rule: 'PKG-03' },
  {
    title: 'a bomb within the size limit',
    bytes: () => gzipSync(Buffer.alloc(LIMITS.unpacked - BLOCK)),
    rule: 'PKG-03',
  },
  {
    title: 'a file that shrinks to a thousandth',
    bytes: () => withManifest(entry({ data: Buffer.alloc(4_000_000, 65) })),
    rule: 'PKG-03',
  },
  {
    title: 'one file that is too large',
    bytes: () => withManifest(entry({ data: half(LIMITS.file + 1) })),
    rule: 'PKG-03',
  },
  {
    title: 'a thousand files of nothing but zeros',
    bytes: () => withManifest(...numbered(1_000, (name) => file(name, Buffer.alloc(16 * 1024)))),
    rule: 'PKG-03',
  },
  { title: 'a bomb behind the end of the archive', bytes: () => gzipSync(longEnd()), rule: 'PKG-03' },
  {
    title: 'empty stored blocks without end',
    bytes: () => emptyBlocks(Buffer.from('000000ffff', 'hex')),
    rule: 'PKG-01',
  },
  {
    title: 'empty fixed blocks without end',
    bytes: () => emptyBlocks(Buffer.from('0208208000', 'hex')),
    rule: 'PKG-01',
  },
  { title: 'code tables without data, without end', bytes: () => emptyBlocks(emptyTables()), rule: 'PKG-01' },
  {
    title: 'too many entries',
    bytes: () => withManifest(...numbered(MANY, (name, n) => file(name, noise(100, n + 1).toString('hex')))),
    rule: 'PKG-04',
  },
  {
    title: 'empty entries as many as fit',
    bytes: () =>
      tgz(
        ...numbered(36_000, (name, n) =>
          entry({
            path: name,
            patch: [
              [
                265,
                noise(24, n + 1)
                  .toString('hex')
                  .slice(0, 31),
              ],
            ],
          }),
        ),
      ),
    rule: 'PKG-04',
  },
  {
    title: 'folders without end',
    bytes: () => tgz(...numbered(MANY, (name, n) => entry({ path: `${name}/`, type: '5', patch: [[265, salt(n)]] }))),
    rule: 'PKG-04',
  },
  {
    title: 'too many headers',
    bytes: () => tgz(...numbered(2 * LIMITS.entries + 1, (_, n) => pax({ comment: salt(n) }, 'g'))),
    rule: 'PKG-04',
  },
  {
    title: 'a PAX header for each of too many files',
    bytes: () =>
      tgz(...numbered(MANY, (name, n) => Buffer.concat([pax({ mtime: `${n}`, comment: salt(n) }), file(name)]))),
    rule: 'PKG-04',
  },
  { title: 'a path that is too long', bytes: () => withManifest(longPath()), rule: 'PKG-04' },
  {
    title: 'a name that is too long',
    bytes: () => withManifest(entry({ prefix: `package/${'a'.repeat(LIMITS.segment + 1)}`, path: 'b' })),
    rule: 'PKG-04',
  },
  {
    title: 'a name that is too long in bytes alone',
    bytes: () => withManifest(entry({ prefix: `package/${'\u00e9'.repeat(73)}`, path: 'b' })),
    rule: 'PKG-04',
  },
  { title: 'a path that is too deep', bytes: () => withManifest(file(`package/${'a/'.repeat(12)}b`)), rule: 'PKG-04' },
  { title: 'a folder that is too deep', bytes: () => withManifest(deepFolder()), rule: 'PKG-04' },
  {
    title: 'the deepest paths, as many as may be',
    bytes: () => withManifest(...numbered(LIMITS.entries - 1, (_, n) => deepest(n))),
    rule: 'PKG-04',
  },
  {
    title: 'names that turn their direction, as many as may be',
    bytes: () => withManifest(...numbered(LIMITS.entries - 1, (name, n) => salted(`${name}${'\u202e'.repeat(20)}`, n))),
    rule: 'PKG-09',
  },
  {
    title: 'paths in two spellings, as many as may be',
    bytes: () => withManifest(...numbered(LIMITS.entries - 1, (_, n) => salted(pairOf(n), n))),
    rule: 'PKG-07',
  },
  {
    title: 'megabytes that almost are a phar, and one at their end',
    bytes: () => withManifest(entry({ data: Buffer.concat([almostPhar(), noise(200_000), PHAR_END]) })),
    rule: 'PKG-12',
  },
  {
    title: 'archives, as many as may be',
    bytes: () => withManifest(...numbered(LIMITS.entries - 1, (name, n) => file(name, gzipSync(noise(40, n + 1))))),
    rule: 'PKG-12',
  },
]

const PHAR_END = Buffer.from('__HALT_COMPILER();')

function almostPhar(): Buffer {
  return Buffer.alloc(9_000_000, PHAR_END.subarray(0, -1))
}

function salted(path: string, index: number): Buffer {
  return entry({ path, patch: [[265, salt(index)]] })
}

/** Long letters that fold into others, deep down, and every other time those others. */
function pairOf(index: number): string {
  const name = index % 2 === 0 ? '\ufb03' : 'ffi'
  return `package/${`${name}/`.repeat(10)}${Math.floor(index / 2)}`
}

/** Half of it noise, so that the ratio is not what refuses it. */
function half(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  noise(Math.ceil(length / 4)).copy(bytes)
  return bytes
}

function numbered(count: number, make: (name: string, index: number) => Uint8Array): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => make(`package/${index}`, index))
}

/** Keeps many small entries from shrinking so well that the ratio refuses them first. */
function salt(index: number): string {
  return noise(12, index + 1).toString('hex')
}

/**
 * Megabytes of zeros as deflate writes them: a thousandth, of which one piece is repeated. The lying trailer tells of a
 * kilobyte.
 */
function flatBomb(megabytes: number): Buffer {
  const piece = deflateRawSync(Buffer.alloc(1024 * 1024), { finishFlush: constants.Z_FULL_FLUSH })
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(Buffer.alloc(1024)), 0)
  trailer.writeUInt32LE(1024, 4)
  const pieces = Array.from({ length: megabytes }, () => piece)
  return Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), ...pieces, Buffer.from('0300', 'hex'), trailer])
}

function longEnd(): Buffer {
  return Buffer.concat([tar(manifest), Buffer.alloc(15 * 1024 * 1024)])
}

/** As much deflate data as may be uploaded, none of which says anything. */
function emptyBlocks(blocks: Buffer): Buffer {
  const header = Buffer.from('1f8b0800000000000003', 'hex')
  return Buffer.concat([header, Buffer.alloc(LIMITS.compressed - header.length, blocks)])
}

/**
 * Dynamic blocks (RFC 1951, 3.2.7) that end at once: a reader builds the tables of each for nothing. The code has words
 * of one to nine bits, so that its table is as large as it gets.
 */
function emptyTables(): Buffer {
  const used = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1]
  // Ten lengths of the code for lengths: six of three bits and four of four make it complete.
  const codes = canonical(new Map([...used, 18].map((symbol, at) => [symbol, at < 6 ? 3 : 4])))
  const code = (symbol: number) => codes.get(symbol) ?? ''
  const zeros = (count: number) => code(18) + bits(count - 11, 7)
  const head = `001${bits(0, 5)}${bits(0, 5)}${bits(order.length - 4, 4)}`
  const lengths = order.map((symbol) => bits(codes.get(symbol)?.length ?? 0, 3)).join('')
  const symbols = used.map(code).join('') + zeros(138) + zeros(256 - 138 - used.length) + code(9) + code(1)
  // The end of the block is the last code of nine bits.
  return packBits(`${head}${lengths}${symbols}${'1'.repeat(9)}`.repeat(8))
}

/** Low bit first. */
function bits(value: number, count: number): string {
  return [...value.toString(2).padStart(count, '0')].reverse().join('')
}

/** The codes of RFC 1951, 3.2.2, high bit first, as they are written. */
function canonical(lengths: ReadonlyMap<number, number>): Map<number, string> {
  const codes = new Map<number, string>()
  let next = 0
  let last = 0
  for (const [symbol, length] of [...lengths].sort(([a, m], [b, n]) => m - n || a - b)) {
    next <<= length - last
    codes.set(symbol, next.toString(2).padStart(length, '0'))
    next++
    last = length
  }
  return codes
}

function packBits(text: string): Buffer {
  return Buffer.from(text.match(/.{8}/g)?.map((byte) => Number.parseInt([...byte].reverse().join(''), 2)) ?? [])
}

function longPath(): Buffer {
  return entry({ prefix: `package/${'p/'.repeat(2)}${'a'.repeat(140)}`, path: 'b'.repeat(95) })
}

function deepFolder(): Buffer {
  return entry({ path: `package/${'a/'.repeat(20)}`, type: '5' })
}

/** One letter a folder, until ustar holds no more; each by another way. */
function deepest(index: number): Buffer {
  const letters = [...noise(76, index + 1)].map((byte) => String.fromCharCode(97 + (byte % 26)))
  return entry({ prefix: `package/${letters.slice(0, 73).join('/')}`, path: `${letters.slice(73).join('/')}/${index}` })
}
