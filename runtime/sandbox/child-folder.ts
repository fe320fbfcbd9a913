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
import { RESOURCES } from '@annex/sdk/resources'
import { build } from 'esbuild'
import { CAGE_LIMITS, CHECK_LIMITS } from './limits.ts'

/**
 * The folder that caged processes start from: the child programs bundled into one file each (without its compilers V8
 * cannot run Node's type stripper, which is WebAssembly) and the isolated-vm addon. It is named by the digest of its
 * content and holds nothing else, so a user that may read it learns nothing.
 */
export async function prepareChildFolder(): Promise<string> {
  const files = new Map<string, Uint8Array>([
    [
      'guest.cjs',
      await bundle('child/main.ts', { PRELUDE_SOURCE: JSON.stringify(await bundlePrelude()), ...constants() }),
    ],
    ['check.cjs', await bundle('check-child/main.ts', constants())],
    ['isolated_vm.node', readFileSync(addonPath())],
  ])
  const folder = join(tmpdir(), `annex-${process.getuid?.() ?? 'user'}-${digestOf(files)}`)
  if (!isIntact(folder, files)) write(folder, files)
  return folder
}

function constants(): Record<string, string> {
  return {
    FRAME_BYTES: String(CAGE_LIMITS.frameBytes),
    CHECK_FRAME_BYTES: String(CHECK_LIMITS.frameBytes),
    CONTEXTS_PER_ISOLATE: String(CAGE_LIMITS.contextsPerIsolate),
    GUEST_HEAP_MB: String(CAGE_LIMITS.guestHeapMb),
  }
}

async function bundle(entry: string, define: Record<string, string>): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, entry)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    define,
    logLevel: 'silent',
  })
  return (result.outputFiles[0] as { contents: Uint8Array }).contents
}

/** The prelude's value is its `entry` function; nothing of it becomes a global. */
async function bundlePrelude(): Promise<string> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, 'child/prelude/main.ts')],
    bundle: true,
    write: false,
    platform: 'neutral',
    format: 'iife',
    globalName: 'annexPrelude',
    target: 'es2024',
    define: {
      RESOURCE_NAMES: JSON.stringify(RESOURCES.map(({ name }) => name)),
      LOG_CHARS: String(CAGE_LIMITS.logChars),
    },
    logLevel: 'silent',
  })
  return `(() => {${(result.outputFiles[0] as { text: string }).text}; return annexPrelude.entry })()`
}

function addonPath(): string {
  const package_ = dirname(createRequire(import.meta.url).resolve('isolated-vm/package.json'))
  const folder = join(package_, 'prebuilds', `${process.platform}-${process.arch}`)
  const built = join(package_, 'build', 'Release', 'isolated_vm.node')
  if (existsSync(built)) return built
  const libc = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  const flavour = process.platform === 'linux' ? (libc?.header?.glibcVersionRuntime ? 'glibc' : 'musl') : ''
  const wanted = (name: string) => name.includes(`abi${process.versions.modules}`) && name.includes(flavour)
  const file = existsSync(folder) ? readdirSync(folder).find(wanted) : undefined
  if (!file)
    throw new Error(
      `isolated-vm has no binary for ${process.platform}-${process.arch}, ABI ${process.versions.modules}`,
    )
  return join(folder, file)
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
