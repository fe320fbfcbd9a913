import { relative } from 'node:path'

/** A path as a person wants to read it: from where they stand, unless it lies elsewhere. */
export function shownPath(cwd: string, path: string): string {
  const near = relative(cwd, path)
  return near.startsWith('..') ? path : near || '.'
}
