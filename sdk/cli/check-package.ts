import type { CheckOptions, Report } from '@annex/package/check-package'
import { PLATFORM_VERSION } from '@annex/sdk/platform-version'
import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'
import { withChecker } from './run-parts.ts'

/** Runs the server's own rules over the bytes, in the server's own cage. */
export async function checkBytes(bytes: Uint8Array, options: Partial<CheckOptions> = {}): Promise<Report> {
  const result = await withChecker((checker) => checker.check(bytes, { platformVersion: PLATFORM_VERSION, ...options }))
  if (result.ok) return result.value
  throw new CliError(EXIT.failed, result.code, `The check could not finish: ${result.message}`, {
    fix: 'The server would refuse the package for the same reason: make it smaller or simpler',
  })
}
