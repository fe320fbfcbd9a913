import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { type BlankedCode, blankCode } from './blank-code.ts'
import { type Import, importsOf } from './imports-of.ts'

/** What an import leads to: a file of ours (a path from the root), an npm package, or a module of Node. */
export type Target =
  | { kind: 'file'; path: string }
  | { kind: 'package'; name: string }
  | { kind: 'builtin'; name: string }

export interface SourceFile {
  /** From the root, with `/`. */
  path: string
  text: string
  blanked: BlankedCode
  imports: (Import & { target: Target })[]
}

/** All files by path: rules look at nothing else, so that a test can plant one that is not on disk. */
export type Sources = ReadonlyMap<string, SourceFile>

export interface Violation {
  rule: string
  file: string
  line?: number
  message: string
}

export type Rule = (sources: Sources) => Violation[]

const ROOMS = ['sdk', 'runtime', 'marketplace', 'extensions-examples', 'test']
/** The workspaces that other rooms import by name. */
const WORKSPACES: Record<string, string> = {
  '@annex/sdk': 'sdk',
  '@annex/package': 'sdk/package',
  '@annex/cli': 'sdk/cli',
}

export function readSources(root: string): Sources {
  const patterns = ROOMS.map((room) => `${room}/**/*.{ts,mts,js,mjs}`)
  const paths = globSync(patterns, { cwd: root, exclude: ['**/node_modules', '**/dist', '**/.tap'] })
  return sourcesOf(Object.fromEntries(paths.sort().map((path) => [path, readFileSync(posix.join(root, path), 'utf8')])))
}

/** Sources from texts by path. */
export function sourcesOf(texts: Readonly<Record<string, string>>): Sources {
  return new Map(Object.entries(texts).map(([path, text]) => [path, sourceFile(path, text)]))
}

function sourceFile(path: string, text: string): SourceFile {
  const blanked = blankCode(text)
  const imports = importsOf(text, blanked).map((found) => ({ ...found, target: targetOf(path, found.specifier) }))
  return { path, text, blanked, imports }
}

function targetOf(from: string, specifier: string): Target {
  if (specifier.startsWith('node:')) return { kind: 'builtin', name: specifier }
  if (specifier.startsWith('.')) return { kind: 'file', path: posix.join(posix.dirname(from), specifier) }
  const segments = specifier.split('/')
  const name = segments.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  const folder = WORKSPACES[name]
  if (folder === undefined) return { kind: 'package', name }
  const inside = specifier.slice(name.length + 1) || 'index'
  return { kind: 'file', path: `${folder}/${inside}.ts` }
}
