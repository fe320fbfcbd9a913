import type { ArchiveEntry } from '../archive/archive-fault.ts'
import type { Rule } from '../rule.ts'
import { entryFaults } from './archive-faults.ts'
import { hasMagic } from './magic.ts'

const SUFFIX =
  /\.(zip|tgz|tar|gz|bz2|xz|zst|lz4|lzma|7z|rar|jar|war|ear|phar|cab|iso|dmg|deb|rpm|apk|xpi|vsix|crx|asar)$/i
const MAGIC: readonly (readonly [hex: string, offset?: number])[] = [
  ['504b0304'], // zip
  ['504b0506'], // empty zip
  ['504b0708'], // spanned zip
  ['1f8b08'], // gzip
  ['fd377a585a00'], // xz
  ['28b52ffd'], // zstd
  ['04224d18'], // lz4
  ['377abcaf271c'], // 7z
  ['526172211a07'], // rar
  ['4d534346'], // cab
  ['78617221'], // xar
  ['213c617263683e0a'], // ar, deb
  ['edabeedb'], // rpm
  ['7573746172', 257], // tar
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
  if (type === 'folder') return undefined
  if (SUFFIX.test(path)) return 'a file is named as an archive'
  if (MAGIC.some(([hex, offset]) => hasMagic(data, hex, offset)) || isBzip(data)) return 'a file is an archive'
  return Buffer.from(data.buffer, data.byteOffset, data.length).includes('__HALT_COMPILER();')
    ? 'a file is a phar'
    : undefined
}

/** `BZh`, a digit, then the digits of pi in BCD. */
function isBzip(data: Uint8Array): boolean {
  return hasMagic(data, '425a68') && hasMagic(data, '314159265359', 4)
}
