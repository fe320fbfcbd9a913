import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packExtension } from '@annex/package/pack'
import { goodFiles, goodManifest } from './good-package.ts'

/** Libraries of very different kinds, by what is imported, and the rules that have to say something of each. */
export const LIBRARIES: Record<string, string[]> = {
  // It compiles functions out of strings, which fails in the sandbox.
  ajv: ['CODE-02', 'CODE-09'],
  acorn: [],
  'core-js': ['CODE-02', 'CODE-09'],
  'date-fns/locale': [],
  'decimal.js': [],
  'fast-xml-parser': [],
  handlebars: ['CODE-02'],
  'iconv-lite': ['CODE-04'],
  immer: [],
  jose: [],
  jsonata: [],
  lodash: ['CODE-02'],
  'lodash-es': ['CODE-02'],
  marked: [],
  '@noble/hashes/sha2.js': [],
  papaparse: [],
  qs: ['CODE-02'],
  react: [],
  rxjs: [],
  semver: [],
  '@sinclair/typebox': [],
  'whatwg-url': [],
  yaml: [],
  zod: [],
}

/** The package of an extension that holds all of a library, packed in an empty folder. */
export async function packLibrary(folder: string, library: string): Promise<Uint8Array> {
  const { 'README.md': readme = '', LICENSE: license = '', 'annex.describe.json': described } = goodFiles()
  const files = {
    'package.json': JSON.stringify(goodManifest()),
    'README.md': readme,
    LICENSE: license,
    'src/index.ts': sourceOf(library),
  }
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), contents)
  }
  const packed = await packExtension(folder, { describe: async () => JSON.parse(String(described)) })
  if (!packed.ok) throw new Error(`${library}: ${JSON.stringify(packed.problems)}`)
  return packed.bytes
}

/** An extension that holds all of a library: what is not used would be left out. */
function sourceOf(library: string): string {
  return `import { defineConnector } from '@annex/sdk'
import * as library from '${library}'

export default defineConnector({
  streams: {},
  actions: {
    use: {
      params: {},
      run: (ctx) => ctx.fetch('https://api.erp.example/', { body: String(Object.values(library)) }),
    },
  },
})
`
}
