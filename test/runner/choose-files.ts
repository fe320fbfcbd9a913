import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Mode = 'short' | 'mongo' | 'long'

/**
 * Paths from the root; what takes long comes first, so that no lane works on when the others are through. `alone` holds
 * the `*.alone.test.ts`: promised deadlines, run one by one. `paired` are those of them that assert none, or try again
 * what a busy machine made late: run two by two.
 */
export interface ChosenFiles {
  together: string[]
  paired: string[]
  alone: string[]
}

/** In the short mode everything runs but these; each has a command of its own. */
const NOT_SHORT = /^test\/(mongo|long|mutants|bench|demo)\//

const PAIRED = [
  /^test\/escapes\/(cpu|memory|boundary|package|permission)\//,
  /^test\/escapes\/operations\/(descriptors|forged-answers|frame-bombs)\./,
  /^test\/faults\/(sync-kill|store-kill|resumed-sync)\./,
  /^test\/runtime\/(sandbox\/containment|invocations\/large-document)\./,
  /^test\/sdk\/cli\/bundle\//,
]

/** Files of ten seconds and more: whole flows, and many commands one after the other. */
const LONG = [
  /^test\/(examples|extensions-examples|flows|faults|guest-world)\/[^/]+$/,
  /^test\/sdk\/(readme|cli\/(bundle|commands)\/[^/]+|package\/run-rules)\b/,
  /^test\/escapes\/package\/schemas\./,
]

const INCLUDED: Record<Mode, (file: string) => boolean> = {
  short: (file) => !NOT_SHORT.test(file),
  mongo: (file) => /^test\/(mongo|flows|faults)\//.test(file),
  long: (file) => /^test\/(long|mutants|faults|escapes)\//.test(file),
}

/** Every filter is a part of a path; one match is enough, none given means all. */
export function chooseFiles(root: URL, mode: Mode, filters: readonly string[]): ChosenFiles {
  const files = globSync(['test/**/*.test.ts', 'extensions-examples/*/test/**/*.test.ts'], {
    cwd: fileURLToPath(root),
    exclude: ['**/node_modules/**'],
  })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => INCLUDED[mode](file))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .sort()
  const isAlone = (file: string) => file.endsWith('.alone.test.ts')
  const alone = files.filter(isAlone)
  return {
    together: longFirst(files.filter((file) => !isAlone(file))),
    paired: longFirst(alone.filter(isPaired)),
    alone: alone.filter((file) => !isPaired(file)),
  }
}

function isPaired(file: string): boolean {
  return PAIRED.some((pattern) => pattern.test(file))
}

function longFirst(files: readonly string[]): string[] {
  const isLong = (file: string) => LONG.some((pattern) => pattern.test(file))
  return [...files.filter(isLong), ...files.filter((file) => !isLong(file))]
}
