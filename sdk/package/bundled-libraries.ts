import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Metafile } from 'esbuild'

export interface Library {
  /** The npm name. */
  name: string
  /** Empty when its package.json has none. */
  version: string
}

/** A package's folder in a path: the innermost, for a library brings libraries of its own. */
const LIBRARY_FOLDER = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/

/** The libraries of which something is in the bundle, sorted by name and version: the same wherever they are installed. */
export async function bundledLibraries(root: string, { inputs, outputs }: Metafile): Promise<Library[]> {
  const used = Object.values(outputs).flatMap((output) => Object.entries(output.inputs))
  const paths = used.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path)
  const folders = new Set(paths.flatMap((path) => (path in inputs ? (LIBRARY_FOLDER.exec(path)?.[0] ?? []) : [])))
  const found = new Map<string, Library>()
  for (const folder of folders) {
    const library = await readLibrary(resolve(root, folder), folder)
    found.set(`${library.name}@${library.version}`, library)
  }
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? [])
}

async function readLibrary(path: string, folder: string): Promise<Library> {
  const named = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const { name, version } = JSON.parse(await readFile(resolve(path, 'package.json'), 'utf8')) as Record<string, unknown>
  return { name: typeof name === 'string' ? name : named, version: typeof version === 'string' ? version : '' }
}
