import { gzipSync } from 'node:zlib'
import { PACKAGE_LIMITS } from '@annex/package/limits'
import { changedPackage, GOOD_ENTRY } from '../../sdk/package/good-package.ts'
import { BLOCK, entry, tar } from '../../sdk/package/tar-builder.ts'

/** A package that is hard to read, and how its check must end. */
export interface PathologicalPackage {
  name: string
  /** `version` of the manifest; the same one gives the same bytes. */
  build(version: string): Uint8Array
  /** `in_review`: nothing in it is forbidden. */
  ends: { state: 'in_review' } | { state: 'validation_failed'; rule: string }
}

/** For a value of this form the expression takes hours where patterns backtrack: see `SLOW_VALUE`. */
const CATASTROPHIC = '^(([a-z])+.)+[A-Z]([a-z])+$'
export const SLOW_VALUE = 'a'.repeat(60)

export const PATHOLOGICAL_PACKAGES: readonly PathologicalPackage[] = [
  { name: 'pattern', build: withPattern, ends: { state: 'in_review' } },
  {
    name: 'minified',
    build: (version) => changed('minified', version, { 'dist/extension.js': minified() }),
    ends: { state: 'in_review' },
  },
  {
    name: 'source-map',
    build: (version) => changed('source-map', version, { 'dist/extension.js.map': sourceMap() }),
    ends: { state: 'in_review' },
  },
  {
    name: 'markdown',
    build: (version) => changed('markdown', version, { 'README.md': deepMarkdown() }),
    ends: { state: 'in_review' },
  },
  { name: 'bomb', build: bomb, ends: { state: 'validation_failed', rule: 'PKG-03' } },
]

/** `@acme/<name>`. */
function changed(
  name: string,
  version: string,
  files: Record<string, string>,
  annex: Record<string, unknown> = {},
): Uint8Array {
  return changedPackage({
    files,
    manifest: (manifest) => {
      manifest.name = `@acme/${name}`
      manifest.version = version
      Object.assign(manifest.annex, annex)
    },
  })
}

function withPattern(version: string): Uint8Array {
  const code = { type: 'string', pattern: CATASTROPHIC }
  return changed('pattern', version, {}, { config: { type: 'object', properties: { code } } })
}

/** As near to the limit of an entry as whole statements come: many small nodes, which cost a parser most. */
function minified(): string {
  const statements: string[] = []
  const end = `}\n${GOOD_ENTRY}`
  let bytes = 'function never(){'.length + end.length
  for (let index = 0; ; index++) {
    const statement = `let v${index}=[${index % 7},{a:v=>v?.b??[v,-v]},(b,c)=>b+c*!c];`
    bytes += statement.length
    if (bytes > PACKAGE_LIMITS.entry) break
    statements.push(statement)
  }
  return `function never(){${statements.join('')}${end}`
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const MAP_BYTES = 6_000_000
const MARKDOWN_DEPTH = 50_000

/** Mappings that do not compress: two characters of noise, a comma. */
function sourceMap(): string {
  const noise = createNoise(1)
  let mappings = ''
  for (let bytes = 0; bytes < MAP_BYTES; bytes += 4) {
    const value = noise()
    mappings += `${BASE64[value & 63]}${BASE64[(value >> 6) & 63]}${BASE64[(value >> 12) & 63]}${value & 0x40000 ? ',' : ';'}`
  }
  return JSON.stringify({ version: 3, sources: ['src/index.ts'], names: [], mappings })
}

/** Quotes, lists, links and emphasis one in the other, each opened thousands of times; noise keeps it from being a bomb. */
function deepMarkdown(): string {
  const noise = createNoise(2)
  const nested = (open: string, close = '') => {
    const marks = Array.from({ length: MARKDOWN_DEPTH }, () => open + (noise() % 1_000_000).toString(36))
    return `${marks.join('')}${close.repeat(MARKDOWN_DEPTH)}\n\n`
  }
  const prose = 'It brings construction sites from the ERP into the platform. '.repeat(4)
  return `# Deep\n\n${prose}\n\n${nested('> ')}${nested('- > ')}${nested('[', '](x)')}${nested('*_')}${nested('![<b>')}`
}

function bomb(version: string): Uint8Array {
  const path = `package/zeros-${version}.txt`
  return gzipSync(tar(entry({ path, data: Buffer.alloc(PACKAGE_LIMITS.file - BLOCK) })), { level: 9 })
}

/** The same numbers for the same seed (xorshift, 32 bits). */
function createNoise(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
