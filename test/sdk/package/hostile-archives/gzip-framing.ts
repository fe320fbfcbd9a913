import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { BLOCK, tar } from '../tar-builder.ts'
import type { HostileCase } from './hostile-case.ts'
import { file, flipped, GOOD, gzipWithHeader, manifest, patched, ZIP_END } from './parts.ts'

const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16 }
const good = () => tar(manifest)
const length16 = (length: number) => Buffer.from([length & 0xff, length >> 8])
const zero = Buffer.alloc(1)

/** Bytes that are no gzip file, or that two tools could take for two (RFC 1952). */
export const GZIP_FRAMING: readonly HostileCase[] = [
  { title: 'no bytes', bytes: () => Buffer.alloc(0), rule: 'PKG-01' },
  { title: 'a text', bytes: () => Buffer.from('hello'), rule: 'PKG-01' },
  { title: 'the two letters of gzip and no more', bytes: () => Buffer.from([0x1f, 0x8b]), rule: 'PKG-01' },
  { title: 'a gzip header and no data', bytes: () => GOOD.subarray(0, 10), rule: 'PKG-01' },
  { title: 'a tar that is not compressed', bytes: good, rule: 'PKG-01' },
  { title: 'a tar in a zlib stream', bytes: () => deflateSync(good()), rule: 'PKG-01' },
  { title: 'a tar in bare deflate data', bytes: () => deflateRawSync(good()), rule: 'PKG-01' },
  { title: 'a zip', bytes: () => Buffer.concat([Buffer.from('PK\u0003\u0004'), ZIP_END]), rule: 'PKG-01' },
  { title: 'a gzip file that is cut off', bytes: () => GOOD.subarray(0, GOOD.length / 2), rule: 'PKG-01' },
  { title: 'a gzip trailer that is cut off', bytes: () => GOOD.subarray(0, -3), rule: 'PKG-01' },
  { title: 'a gzip file without its trailer', bytes: () => GOOD.subarray(0, -8), rule: 'PKG-01' },
  { title: 'a byte after the gzip member', bytes: () => Buffer.concat([GOOD, Buffer.from('x')]), rule: 'PKG-01' },
  { title: 'zeros after the gzip member', bytes: () => Buffer.concat([GOOD, Buffer.alloc(64)]), rule: 'PKG-01' },
  { title: 'a byte before the gzip member', bytes: () => Buffer.concat([Buffer.from('\n'), GOOD]), rule: 'PKG-01' },
  { title: 'a second gzip member', bytes: () => Buffer.concat([GOOD, gzipSync('more')]), rule: 'PKG-01' },
  {
    title: 'a tar in two gzip members',
    bytes: () => Buffer.concat([gzipSync(good().subarray(0, BLOCK)), gzipSync(good().subarray(BLOCK))]),
    rule: 'PKG-01',
  },
  { title: 'an empty member before the package', bytes: () => Buffer.concat([gzipSync(''), GOOD]), rule: 'PKG-01' },
  { title: 'an empty member after the package', bytes: () => Buffer.concat([GOOD, gzipSync('')]), rule: 'PKG-01' },
  { title: 'the package twice', bytes: () => Buffer.concat([GOOD, GOOD]), rule: 'PKG-01' },
  {
    title: 'a tar after the gzip member',
    bytes: () => Buffer.concat([GOOD, tar(file('package/late.js'))]),
    rule: 'PKG-01',
  },
  { title: 'a zip behind the package', bytes: () => Buffer.concat([GOOD, ZIP_END]), rule: 'PKG-01' },
  { title: 'a wrong CRC', bytes: () => flipped(GOOD, GOOD.length - 8), rule: 'PKG-01' },
  { title: 'a wrong length in the trailer', bytes: () => flipped(GOOD, GOOD.length - 4), rule: 'PKG-01' },
  { title: 'a length of nothing in the trailer', bytes: () => lengthInTrailer(0), rule: 'PKG-01' },
  { title: 'a length of 4 GiB in the trailer', bytes: () => lengthInTrailer(0xffff_ffff), rule: 'PKG-01' },
  { title: 'another compression method', bytes: () => patched(GOOD, 2, 7), rule: 'PKG-01' },
  { title: 'reserved gzip flags', bytes: () => patched(GOOD, 3, 0xe0), rule: 'PKG-01' },
  { title: 'a reserved block type in the data', bytes: () => patched(GOOD, 10, 0x07), rule: 'PKG-01' },
  { title: 'a distance that reaches before the data', bytes: () => gzipOf('03020000'), rule: 'PKG-01' },
  {
    title: 'a large extra field',
    bytes: () => gzipWithHeader(good(), FLAG.extra, length16(0xffff), Buffer.alloc(0xffff, 65)),
    rule: 'PKG-01',
  },
  {
    title: 'an extra field beyond the file',
    bytes: () => Buffer.from('1f8b0804000000000003ffff00', 'hex'),
    rule: 'PKG-01',
  },
  {
    title: 'a zip in the extra field',
    bytes: () => gzipWithHeader(good(), FLAG.extra, length16(ZIP_END.length), ZIP_END),
    rule: 'PKG-01',
  },
  {
    title: 'a file comment',
    bytes: () => gzipWithHeader(good(), FLAG.comment, Buffer.from('<?php system($_GET["c"]);'), zero),
    rule: 'PKG-01',
  },
  {
    title: 'a wrong CRC of the header',
    bytes: () => gzipWithHeader(good(), FLAG.headerCrc, Buffer.from([1, 2])),
    rule: 'PKG-01',
  },
  ...[
    ['that leaves the folder', '../../etc/cron.d/x'],
    ['of Windows that leaves the folder', '..\\..\\x.tar'],
    ['with a line end', 'x\nREADY: yes'],
    ['with an escape', '\u001b]0;x\u0007'],
    ['that is very long', 'x'.repeat(300)],
  ].map(([title, name = '']) => ({
    title: `a file name in the gzip header ${title}`,
    bytes: () => gzipWithHeader(good(), FLAG.name, Buffer.from(name), zero),
    rule: 'PKG-01',
  })),
  {
    title: 'a file name in the gzip header without an end',
    bytes: () => Buffer.concat([Buffer.from('1f8b0808000000000003', 'hex'), Buffer.alloc(200, 0x41)]),
    rule: 'PKG-01',
  },
  {
    title: 'a zip in a stored block at the end',
    bytes: () => gzipSync(Buffer.concat([good(), ZIP_END, Buffer.alloc(BLOCK - ZIP_END.length)]), { level: 0 }),
    rule: 'PKG-01',
  },
  { title: 'a package that is compressed twice', bytes: () => gzipSync(GOOD), rule: 'PKG-01' },
  { title: 'a package that is compressed a dozen times', bytes: () => layers(12), rule: 'PKG-01' },
]

function lengthInTrailer(length: number): Buffer {
  const bytes = Buffer.from(GOOD)
  bytes.writeUInt32LE(length, bytes.length - 4)
  return bytes
}

/** A member of these deflate bytes, with an empty trailer. */
function gzipOf(deflated: string): Buffer {
  return Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), Buffer.from(deflated, 'hex'), Buffer.alloc(8)])
}

function layers(count: number): Uint8Array {
  let bytes: Uint8Array = GOOD
  for (let layer = 0; layer < count; layer++) bytes = gzipSync(bytes)
  return bytes
}
