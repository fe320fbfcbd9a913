import { PACKAGE_HOMES } from '../package-homes.ts'
import type { Rule, SourceFile, Target, Violation } from '../sources.ts'

/** A foreign package is imported only from its home, so that it can be replaced there. */
export const packageHomes: Rule = (sources) => [...sources.values()].filter((file) => !isTest(file)).flatMap(strays)

function isTest(file: SourceFile): boolean {
  return /^(extensions-examples\/[^/]+\/)?test\//.test(file.path)
}

function strays(file: SourceFile): Violation[] {
  return file.imports.flatMap(({ target, line }) => {
    const message = complaint(file.path, target)
    return message ? [{ rule: 'package-homes', file: file.path, line, message }] : []
  })
}

function complaint(path: string, target: Target): string | undefined {
  if (target.kind === 'file') return undefined
  const homes = PACKAGE_HOMES[target.name]
  if (!homes) return target.kind === 'package' ? `${target.name} has no home` : undefined
  if (homes.some((home) => path.startsWith(home))) return undefined
  return homes.length === 0 ? `${target.name} is forbidden` : `${target.name} lives in ${homes.join(', ')}`
}
