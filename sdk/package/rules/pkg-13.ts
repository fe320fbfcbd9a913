import type { ArchiveEntry } from '../archive/archive-fault.ts'
import type { Rule } from '../rule.ts'
import { entryFaults } from './archive-faults.ts'
import { hasMagic } from './magic.ts'

const SUFFIX = new RegExp(
  `\\.(${[
    'node|wasm|jsc|so(\\.\\d{1,4}){0,3}|o|ko|dylib|kext|dll|exe|ocx|sys|cpl|efi|scr|pif|msi',
    'bat|cmd|ps1|vbs|wsf|hta|lnk|scpt|class|pyc|pyo|pyd|dex|elf|appimage',
  ].join('|')})$`,
  'i',
)
const MAGIC = [
  '7f454c46', // ELF
  'feedface', // Mach-O, 32 bits
  'feedfacf', // Mach-O, 64 bits
  'cefaedfe', // the same, other byte order
  'cffaedfe',
  'cafebabe', // Mach-O for several processors; a Java class
  'cafebabf',
  'bebafeca',
  'bfbafeca',
  '0061736d', // WebAssembly
  '4243c0de', // LLVM bitcode
  'dec0170b', // the same in its wrapper
  '6465780a', // Dalvik
  'd0cf11e0a1b11ae1', // a compound file: Windows Installer, macros of Office
]

export const pkg13: Rule = {
  id: 'PKG-13',
  severity: 'error',
  stage: 'archive',
  title: 'No native code in the package',
  why: 'Native code is not held by the sandbox of the language, and cannot be reviewed.',
  fix: 'Use a library that is plain JavaScript.',
  check: ({ archive }) => entryFaults(archive, problem),
}

function problem({ path, type, data }: ArchiveEntry): string | undefined {
  if (type === 'folder') return undefined
  if (SUFFIX.test(path)) return 'a file is named as native code'
  return MAGIC.some((hex) => hasMagic(data, hex)) || isPortableExecutable(data) ? 'a file is native code' : undefined
}

/** Two letters are not enough: a text may begin with MZ. A DOS header is binary from the start. */
function isPortableExecutable(data: Uint8Array): boolean {
  return hasMagic(data, '4d5a') && data.subarray(2, 64).includes(0)
}
