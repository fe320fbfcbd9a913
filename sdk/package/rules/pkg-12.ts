import type { ArchiveEntry } from '../archive/archive-fault.ts'
import { isTarHeader } from '../archive/tar-header.ts'
import { hasZipEnd } from '../archive/zip-end.ts'
import type { Rule } from '../rule.ts'
import { entryFaults } from './archive-faults.ts'
import { hasMagic } from './magic.ts'

const SUFFIX = new RegExp(
  `\\.(${[
    'zip|zipx|7z|rar|cab|arj|lzh|lha|jar|war|ear|aar|apk|ipa|xpi|vsix|crx|nupkg|whl|egg|gem|appx|msix|ova',
    'tgz|tar|gz|tbz2?|txz|tlz|tzst|bz2|xz|zst|lz|lz4|lzma|cpio|shar|phar|iso|dmg|wim|deb|rpm|asar',
  ].join('|')})$`,
  'i',
)
const MAGIC: readonly (readonly [hex: string, offset?: number])[] = [
  ['504b0304'], // zip
  ['504b0708'], // spanned zip
  ['1f8b08'], // gzip, the only method there is
  ['1f9d'], // compress
  ['1fa0'], // compress, LZH
  ['1f1e'], // pack
  ['fd377a585a00'], // xz
  ['5d0000'], // lzma
  ['4c5a495001'], // lzip
  ['28b52ffd'], // zstd
  ['04224d18'], // lz4
  ['377abcaf271c'], // 7z
  ['526172211a07'], // rar
  ['4d53434600000000'], // cab
  ['4372323402000000'], // crx
  ['4372323403000000'],
  ['4d5357494d000000'], // wim
  ['4344303031', 0x8001], // iso 9660
  ['c771'], // cpio, binary
  ['71c7'],
  ['78617221'], // xar
  ['213c617263683e0a'], // ar, deb
  ['edabeedb'], // rpm
  ['7573746172', 257], // tar, even with a broken checksum
]

export const pkg12: Rule = {
  id: 'PKG-12',
  severity: 'error',
  stage: 'archive',
  title: 'No archive inside the package',
  why: 'What is packed once more is seen by no rule and no reviewer.',
  fix: 'Put the files themselves into the package, or leave them out.',
  check: ({ archive }) => entryFaults(archive, problem),
}

function problem({ path, type, data }: ArchiveEntry): string | undefined {
  // A phar needs no more than its stub, and keeps it under this name in a tar.
  if (path.split('/').some((name) => name.toLowerCase() === '.phar')) return 'a folder belongs to a phar'
  if (type === 'folder') return undefined
  if (SUFFIX.test(path)) return 'a file is named as an archive'
  return isArchive(Buffer.from(data.buffer, data.byteOffset, data.length)) ? 'a file is an archive' : undefined
}

function isArchive(data: Buffer): boolean {
  if (MAGIC.some(([hex, offset]) => hasMagic(data, hex, offset)) || isBzip(data) || isTextCpio(data)) return true
  // A tar of old has no magic; a zip may stand behind anything; a phar is a script with an end to it.
  return isTarHeader(data) || hasZipEnd(data) || data.includes('__HALT_COMPILER();')
}

/** `BZh`, a digit, then the digits of pi in BCD. */
function isBzip(data: Uint8Array): boolean {
  return hasMagic(data, '425a68') && hasMagic(data, '314159265359', 4)
}

/** Six digits for a magic are not enough in a text: the numbers of the header follow. */
function isTextCpio(data: Buffer): boolean {
  return /^07070[127][0-9a-f]{70}/i.test(data.toString('latin1', 0, 76))
}
