import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Mode = 'short' | 'mongo' | 'long'

/**
 * Paths from the root; what takes long comes first, so that no lane works on when the others are through. `*.alone.test.ts`
 * hold deadlines that are promised, or load the machine. Those that hold none, or try again what a busy machine made
 * late, run together with all others; `paired` have a second for what takes a fraction of it; `alone` want the machine.
 */
export interface ChosenFiles {
  together: string[]
  paired: string[]
  alone: string[]
}

/** In the short mode everything runs but these; each has a command of its own. */
const NOT_SHORT = /^test\/(mongo|long|mutants|bench|demo)\//

const PATIENT = [
  /^test\/escapes\/(boundary|permission|cpu\/(?!under-the-limit))/,
  /^test\/escapes\/operations\/(descriptors|forged-answers|frame-bombs)\./,
  /^test\/faults\/(sync-kill|store-kill|resumed-sync)\./,
  /^test\/mongo\/frozen-node\./,
  /^test\/runtime\/(sandbox\/containment|invocations\/large-document)\./,
  /^test\/flows\/revocation\./,
  /^test\/marketplace\/installations\/upgrade-under-load\./,
  /^test\/sdk\/cli\/bundle\//,
]

const PAIRED = [
  /^test\/escapes\/(package|memory|cpu)\//,
  /^test\/escapes\/operations\/(crash-loops|parent-death|worker-death)\./,
  /^test\/faults\/kill-list\./,
  /^test\/flows\/(checks-under-load|hostile-extension)\./,
]

/** In every mode and company, one after the other, they leave neighbours nothing of a second: in the long mode they are alone. */
const FIERCE = /^test\/escapes\/(cpu|memory)\//

/** Files of ten seconds and more: whole flows, and many commands one after the other. */
const LONG = [
  /^test\/(examples|extensions-examples|flows|faults|guest-world)\/[^/]+$/,
  /^test\/sdk\/(readme|cli\/(bundle|commands)\/[^/]+|package\/run-rules)\b/,
  /^test\/escapes\/(package\/(schemas|parser-bombs)|memory\/collections|cpu\/(native-work|what-comes-out)|operations\/crash-loops)\./,
  /^test\/faults\/steps\/|^test\/mongo\/frozen-node\.|^test\/runtime\/(host-api\/files|sandbox\/containment)\./,
]

const INCLUDED: Record<Mode, (file: string) => boolean> = {
  short: (file) => !NOT_SHORT.test(file),
  // The start of a service has a store in a folder, whatever engine the run is for.
  mongo: (file) => /^test\/(mongo|flows|faults)\//.test(file) && !/^test\/flows\/start-and-stop\./.test(file),
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
  const isLong = mode === 'long'
  const isPatient = (file: string) => !isLong && matches(PATIENT, file)
  const isPaired = (file: string) =>
    isLong ? matches([...PATIENT, ...PAIRED], file) && !FIERCE.test(file) : !isPatient(file) && matches(PAIRED, file)
  const alone = files.filter(isAlone)
  return {
    together: longFirst([...files.filter((file) => !isAlone(file)), ...alone.filter(isPatient)]),
    paired: longFirst(alone.filter(isPaired)),
    alone: alone.filter((file) => !isPatient(file) && !isPaired(file)),
  }
}

function longFirst(files: readonly string[]): string[] {
  const isLong = (file: string) => matches(LONG, file)
  return [...files.filter(isLong), ...files.filter((file) => !isLong(file))]
}

function matches(patterns: readonly RegExp[], file: string): boolean {
  return patterns.some((pattern) => pattern.test(file))
}
