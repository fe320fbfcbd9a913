import { cpSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'

/** What no test reads, or what belongs to the place where it is. */
const LEFT_OUT = new Set(['node_modules', '.git', '.tap', 'data', 'dist'])

/**
 * Copies the project, as it stands in its files, to the folder `to`, which is not there yet. Its packages are those of
 * the original; its own workspaces are the copy's, so that what imports `@annex/sdk` there meets what was changed there.
 */
export function copyTree(root: string, to: string): void {
  cpSync(root, to, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) || path === root })
  linkPackages(root, to, 'node_modules')
}

function linkPackages(root: string, to: string, folder: string): void {
  mkdirSync(join(to, folder))
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name)
    // A scope may hold both, packages and workspaces.
    if (entry.isDirectory() && entry.name.startsWith('@')) linkPackages(root, to, path)
    else symlinkSync(targetOf(root, to, path), join(to, path))
  }
}

function targetOf(root: string, to: string, path: string): string {
  const real = relative(realpathSync(root), realpathSync(join(root, path)))
  const isOurs = real.split(sep)[0] !== '..' && !real.split(sep).includes('node_modules')
  return isOurs ? join(to, real) : join(root, path)
}
