import { gzipSync } from 'node:zlib'
import { entry, tar } from '../tar-builder.ts'
import type { HostileCase } from './hostile-case.ts'
import { file, GOOD, manifest, withManifest, ZIP_END } from './parts.ts'

const MODES: readonly (readonly [title: string, mode: number])[] = [
  ['a set-user-id bit', 0o4755],
  ['a set-group-id bit', 0o2755],
  ['a sticky bit', 0o1644],
  ['all bits', 0o7777],
  ['a set-user-id bit and no other', 0o4000],
  ['write permission for everyone', 0o666],
  ['write permission for everyone and no other', 0o002],
]

const hex = (text: string) => Buffer.from(text, 'hex')
const at = (offset: number, text: string) => Buffer.concat([Buffer.alloc(offset, 0x20), Buffer.from(text)])

/** Files that hold other files, by their bytes: the names tell nothing. */
const ARCHIVES: readonly (readonly [title: string, data: string | Buffer])[] = [
  ['a zip', 'PK\u0003\u0004rest'],
  ['an empty zip', ZIP_END],
  ['a part of a zip', 'PK\u0007\b'],
  ['a zip behind a script', Buffer.concat([Buffer.from('console.log(1)\n//'), ZIP_END])],
  [
    'a zip behind a picture, with a comment',
    Buffer.concat([hex('89504e470d0a1a0a'), ZIP_END, Buffer.alloc(60_000, 65)]),
  ],
  ['a large zip behind a script', Buffer.concat([Buffer.from('1\n'), hex('504b060700000000'), Buffer.alloc(60)])],
  ['a package', Buffer.from(GOOD)],
  ['a gzip file', gzipSync('x')],
  ['a tar', tar(manifest)],
  ['a tar of old, without a magic', tar(entry({ path: 'x', magic: '\0'.repeat(8), data: 'text' }))],
  ['a bzip2 file', hex('425a6839314159265359')],
  ['an xz file', hex('fd377a585a000004')],
  ['an lzma file', hex('5d00008000ffffffff')],
  ['an lzip file', hex('4c5a49500114')],
  ['a zstd file', hex('28b52ffd0458')],
  ['an lz4 file', hex('04224d186440')],
  ['a compress file', hex('1f9d9061')],
  ['a 7z file', hex('377abcaf271c0004')],
  ['a rar file', hex('526172211a0700')],
  ['a rar file of version 5', hex('526172211a070100')],
  ['a cab file', hex('4d53434600000000')],
  ['an ar file', '!<arch>\nx'],
  ['an rpm file', hex('edabeedb0300')],
  ['a xar file', hex('78617221001c')],
  ['an extension of a browser', hex('4372323403000000')],
  ['a cpio file in text', `070701${'0000000A'.repeat(13)}`],
  ['a cpio file in binary', hex('c7710000')],
  ['an image of a disc', at(0x8001, 'CD001')],
  ['a phar', 'GIF89a <?php __HALT_COMPILER(); ?>'],
]

const NATIVE: readonly (readonly [title: string, data: string])[] = [
  ['a native library', '7f454c46020101'],
  ['a program for Windows', '4d5a90000300000004000000ffff0000'],
  ['a program of DOS', '4d5a01000200'],
  ['a program of macOS', 'cffaedfe07000001'],
  ['a program of macOS in the other byte order', 'feedfacf01000007'],
  ['a program of old macOS', 'cefaedfe07000000'],
  ['a program of old macOS in the other byte order', 'feedface00000012'],
  ['a program for several processors', 'cafebabe00000002'],
  ['a large program for several processors', 'cafebabf00000002'],
  ['a program for several processors in the other byte order', 'bebafeca02000000'],
  ['a Java class', 'cafebabe00000034'],
  ['WebAssembly', '0061736d01000000'],
  ['a component of WebAssembly', '0061736d0d000100'],
  ['LLVM bitcode', '4243c0de35140000'],
  ['LLVM bitcode in a wrapper', 'dec0170b00000000'],
  ['Android code', '6465780a30333500'],
  ['an installer of Windows', 'd0cf11e0a1b11ae1'],
]

const named = (rule: string, what: string, paths: readonly string[], data = 'text') =>
  paths.map((path) => ({
    title: `a file named as ${what}: ${path}`,
    bytes: () => withManifest(file(`package/${path}`, data)),
    rule,
  }))

/** Sound archives of what must not be in a package. */
export const CONTENTS: readonly HostileCase[] = [
  ...MODES.map(([title, mode]) => ({
    title: `a file with ${title}`,
    bytes: () => withManifest(entry({ mode })),
    rule: 'PKG-11',
  })),
  {
    title: 'a folder that anyone may write',
    bytes: () => withManifest(entry({ path: 'package/a/', type: '5', mode: 0o777 })),
    rule: 'PKG-11',
  },
  ...ARCHIVES.map(([title, data]) => ({
    title: `${title} in the package`,
    bytes: () => withManifest(file('package/logo.png', data)),
    rule: 'PKG-12',
  })),
  ...named('PKG-12', 'an archive', ['inner.tgz', 'x.ZIP', 'x.tar.gz', 'x.whl', 'x.7z', 'src/x.jar']),
  {
    title: 'the folder of a phar',
    bytes: () => withManifest(file('package/.phar/stub.php', '<?php')),
    rule: 'PKG-12',
  },
  ...NATIVE.map(([title, data]) => ({
    title: `${title} in the package`,
    bytes: () => withManifest(file('package/logo.png', hex(data))),
    rule: 'PKG-13',
  })),
  ...named('PKG-13', 'native code', [
    'build/x.node',
    'x.wasm',
    'libx.so.1.2',
    'x.DLL',
    'x.dylib',
    'setup.cmd',
    'x.jsc',
  ]),
  ...named('PKG-15', 'what the marketplace writes', ['annex.signature.json', 'annex.json', 'ANNEX.lock']),
  ...named('PKG-15', 'what the marketplace writes', [
    'META-INF/MANIFEST.MF',
    'annex.\uff53ignature',
    'anne\u2179.lock',
  ]),
  {
    title: 'a folder of the marketplace',
    bytes: () => withManifest(file('package/.annex/verdict.json', '{}')),
    rule: 'PKG-15',
  },
]
