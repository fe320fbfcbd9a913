/** What a package may be. The file and entry sizes count real bytes, whatever an archive's headers say. */
export const PACKAGE_LIMITS = {
  /** Bytes of the .tgz. */
  compressed: 5 * 1024 * 1024,
  /** Bytes of the tar inside. */
  unpacked: 20 * 1024 * 1024,
  /** Unpacked to compressed: text shrinks to a tenth, source maps to a thirtieth; bombs to a thousandth. */
  ratio: 200,
  /** Below this many unpacked bytes the ratio is not looked at: the padding of tar alone can pass it. */
  ratioFrom: 512 * 1024,
  /** Files and folders. */
  entries: 2000,
  /** Scripts outside `src/`, and files of any kind, over which a package is more than what it should be. */
  scripts: 100,
  manyFiles: 500,
  /** Bytes of one file. */
  file: 10 * 1024 * 1024,
  /** UTF-8 bytes of a path, with `package/`. */
  path: 240,
  /** UTF-8 bytes of one name in a path: what an encrypted home folder (eCryptfs) holds. */
  segment: 143,
  /** Names in a path. */
  depth: 12,
  /** Bytes of one PAX record block. */
  pax: 4096,
  /** Bytes of package.json. */
  manifest: 256 * 1024,
  /** Nesting of package.json and annex.describe.json. */
  jsonDepth: 32,
  /** Bytes of annex.describe.json. */
  describe: 512 * 1024,
  /** Bytes of the entry file: what the sandbox takes. */
  entry: 2 * 1024 * 1024,
  /** Bytes of the README and the other texts that a report carries. */
  text: 100 * 1024,
} as const
