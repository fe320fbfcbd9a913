import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Mode = 'short' | 'mongo' | 'long'

/**
 * Paths from the root, sorted. `alone` holds the `*.alone.test.ts`: promised deadlines and kills, run one by one. `paired`
 * are those of them that try again what a busy machine made late, run two by two.
 */
export interface ChosenFiles {
  together: string[]
  paired: string[]
  alone: string[]
}

/** In the short mode everything runs but these; each has a command of its own. */
const NOT_SHORT = /^test\/(mongo|long|mutants|bench|demo)\//

const TRIES_AGAIN = /^test\/escapes\/(cpu|memory|boundary|package)\//

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
    together: files.filter((file) => !isAlone(file)),
    paired: alone.filter((file) => TRIES_AGAIN.test(file)),
    alone: alone.filter((file) => !TRIES_AGAIN.test(file)),
  }
}
