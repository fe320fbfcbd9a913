import { PACKAGE_LIMITS as LIMITS } from '../limits.ts'
import type { PackageFiles } from '../package-files.ts'

/** The page of an extension. */
export const README = 'README.md'

/** As much of the README as is ever shown; what is no UTF-8 is told by another rule. */
export function readmeText({ files }: PackageFiles): string {
  return new TextDecoder().decode((files.get(README) ?? new Uint8Array()).subarray(0, LIMITS.text))
}
