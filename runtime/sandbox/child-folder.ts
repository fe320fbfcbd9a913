import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { childPrograms } from './child-programs.ts'

/** Made once for all that start children in this process. */
let programs: ReturnType<typeof childPrograms> | undefined

/**
 * The folder that caged processes start from: the child programs and the isolated-vm addon. It is named by the digest of
 * its content and holds nothing else, so a user that may read it learns nothing.
 */
export async function prepareChildFolder(): Promise<string> {
  programs ??= childPrograms()
  const files = new Map([...(await programs), ['isolated_vm.node', readFileSync(addonPath())] as const])
  const folder = join(tmpdir(), `annex-${process.getuid?.() ?? 'user'}-${digestOf(files)}`)
  if (!isIntact(folder, files)) write(folder, files)
  return folder
}

/** A binary that the package brings, and else one that was compiled on this machine, whichever Node it was compiled for. */
function addonPath(): string {
  const package_ = dirname(createRequire(import.meta.url).resolve('isolated-vm/package.json'))
  const folder = join(package_, 'prebuilds', `${process.platform}-${process.arch}`)
  const libc = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  const flavour = process.platform === 'linux' ? (libc?.header?.glibcVersionRuntime ? 'glibc' : 'musl') : ''
  const wanted = (name: string) => name.includes(`abi${process.versions.modules}`) && name.includes(flavour)
  const file = existsSync(folder) ? readdirSync(folder).find(wanted) : undefined
  if (file) return join(folder, file)
  const compiled = join(package_, 'build', 'Release', 'isolated_vm.node')
  if (existsSync(compiled)) return compiled
  throw new Error(`isolated-vm has no binary for ${process.platform}-${process.arch}, ABI ${process.versions.modules}`)
}

function digestOf(files: Map<string, Uint8Array>): string {
  const hash = createHash('sha256')
  for (const [name, bytes] of files) hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  return hash.digest('hex').slice(0, 32)
}

/** A folder of this name that somebody else made, or changed, is not used. */
function isIntact(folder: string, files: Map<string, Uint8Array>): boolean {
  if (!existsSync(folder)) return false
  const stat = lstatSync(folder)
  const ours = stat.isDirectory() && stat.uid === (process.getuid?.() ?? stat.uid) && (stat.mode & 0o022) === 0
  if (!ours || readdirSync(folder).length !== files.size) return false
  return [...files].every(([name, bytes]) => {
    const path = join(folder, name)
    return existsSync(path) && lstatSync(path).isFile() && readFileSync(path).equals(bytes)
  })
}

function write(folder: string, files: Map<string, Uint8Array>): void {
  const fresh = `${folder}.${randomBytes(8).toString('hex')}`
  mkdirSync(fresh, { mode: 0o755 })
  for (const [name, bytes] of files) {
    writeFileSync(join(fresh, name), bytes, { mode: 0o444 })
    chmodSync(join(fresh, name), 0o444)
  }
  chmodSync(fresh, 0o555)
  try {
    renameSync(fresh, folder)
  } catch {
    replaceUnlessIntact(fresh, folder, files)
  }
}

/** Another process may have put the same folder there in the meantime: that one stays, as children may run from it. */
function replaceUnlessIntact(fresh: string, folder: string, files: Map<string, Uint8Array>): void {
  if (isIntact(folder, files)) return rmSync(fresh, { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
  renameSync(fresh, folder)
}
