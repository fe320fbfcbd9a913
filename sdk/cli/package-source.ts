import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PACKAGE_LIMITS } from '@annex/package/limits'
import { CliError } from './cli-error.ts'
import type { CommandCall } from './command.ts'
import { EXIT } from './exit-codes.ts'
import { shownPath } from './shown-path.ts'

/** What a command was pointed at: a project to build, or a package that is made already. */
export type PackageSource = { kind: 'folder'; path: string } | { kind: 'file'; path: string; bytes: Uint8Array }

/** From the command's first argument, unless another is named; the present folder without one. */
export async function packageSource(call: CommandCall, named = call.positionals[0]): Promise<PackageSource> {
  const path = resolve(call.cwd, named ?? '.')
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return { kind: 'folder', path }
  if (!found?.isFile()) {
    throw new CliError(EXIT.usage, 'USAGE', 'There is no such file or folder', {
      where: shownPath(call.cwd, path),
      fix: 'Name the folder of an extension, or a .tgz that annex pack made',
    })
  }
  if (found.size > PACKAGE_LIMITS.compressed) {
    throw new CliError(EXIT.failed, 'PACKAGE_TOO_LARGE', `The file has ${found.size} bytes`, {
      where: path,
      fix: `A package may have ${PACKAGE_LIMITS.compressed} bytes`,
    })
  }
  return { kind: 'file', path, bytes: await readFile(path) }
}

/** For commands that need the sources. */
export async function projectFolder(call: CommandCall): Promise<string> {
  const source = await packageSource(call)
  if (source.kind === 'folder') return source.path
  throw new CliError(EXIT.usage, 'USAGE', 'This command works on the folder of an extension, not on a file', {
    where: source.path,
  })
}
