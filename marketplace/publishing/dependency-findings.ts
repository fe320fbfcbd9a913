import type { Finding } from '@annex/package/finding'
import type { Handle } from '../../runtime/storage/port.ts'
import type { CheckedPackage } from './checked-package.ts'
import { resolveDependencies } from './dependencies.ts'
import type { Audience } from './visibility.ts'

/** MAN-12: whether everything that a package needs can be had by all for whom it is, as the store is now. */
export async function dependencyFindings(
  handle: Handle,
  { extension, report }: Pick<CheckedPackage, 'extension' | 'report'>,
  audience: Audience,
): Promise<Finding[]> {
  const { dependencies } = report.package.capabilities
  const resolved = await resolveDependencies(handle, { name: extension, dependencies, audience })
  if (resolved.ok) return []
  return resolved.problems.map(({ name, message, path }) => ({
    rule: 'MAN-12',
    severity: 'error',
    message,
    file: 'package.json',
    pointer: `/annex/dependencies/${(path[1] ?? name).replaceAll('~', '~0').replaceAll('/', '~1')}`,
    fix: 'Name extensions of the catalog with semver ranges that published versions are in, and that agree.',
    docs: 'man-12',
  }))
}
