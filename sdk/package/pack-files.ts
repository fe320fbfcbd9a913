import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PACKAGE_LIMITS as LIMITS } from './limits.ts'

/** Something of the folder that cannot go into a package. */
export interface PackProblem {
  message: string
  /** Relative to the folder. */
  file?: string
  line?: number
  column?: number
  fix: string
}

const SINGLE = /^(package\.json|README\.md|CHANGELOG\.md|LICEN[CS]E(\.md|\.txt)?)$/
const FOLDERS = ['fixtures', 'screenshots', 'src']
const LEFT_OUT = /^(node_modules|annex-env\.d\.ts)$|^\.|\.tgz$/

/**
 * What of an extension's folder goes into its package: the texts, `src/`, `fixtures/`, `screenshots/` and the images
 * that the manifest names. Links are refused: what they lead to may lie outside, and differs from machine to machine.
 */
export async function packFiles(
  folder: string,
  images: readonly string[],
): Promise<{ files: Map<string, Uint8Array>; problems: PackProblem[] }> {
  const files = new Map<string, Uint8Array>()
  const problems: PackProblem[] = []
  for (const name of await readdir(folder)) {
    if (SINGLE.test(name)) await take(folder, name, files, problems)
  }
  for (const name of FOLDERS) await takeFolder(folder, name, files, problems)
  for (const path of images) {
    if (!files.has(path)) await take(folder, path, files, problems)
  }
  return { files, problems }
}

async function takeFolder(
  folder: string,
  path: string,
  files: Map<string, Uint8Array>,
  problems: PackProblem[],
): Promise<void> {
  const stat = await statOf(join(folder, path))
  if (!stat) return
  if (stat.isSymbolicLink()) {
    problems.push(refusedLink(path))
    return
  }
  if (!stat.isDirectory()) return
  for (const name of await readdir(join(folder, path))) {
    if (LEFT_OUT.test(name)) continue
    const inside = `${path}/${name}`
    const below = await statOf(join(folder, inside))
    if (below?.isDirectory()) await takeFolder(folder, inside, files, problems)
    else await take(folder, inside, files, problems)
  }
}

async function take(
  folder: string,
  path: string,
  files: Map<string, Uint8Array>,
  problems: PackProblem[],
): Promise<void> {
  const stat = await statOf(join(folder, path))
  if (!stat)
    problems.push({ message: `there is no file ${path}`, fix: 'Make the file, or take it out of the manifest.' })
  else if (stat.isSymbolicLink()) problems.push(refusedLink(path))
  else if (!stat.isFile()) problems.push({ message: 'it is not a file', file: path, fix: 'Take it out of the folder.' })
  else if (stat.size > LIMITS.file)
    problems.push({
      message: `it has more than ${LIMITS.file} bytes`,
      file: path,
      fix: 'Make it smaller, or leave it out.',
    })
  else files.set(path, await readFile(join(folder, path)))
}

function refusedLink(path: string): PackProblem {
  return { message: 'it is a symbolic link', file: path, fix: 'Put the file itself in its place.' }
}

async function statOf(path: string) {
  try {
    return await lstat(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}
