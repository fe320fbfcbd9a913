import { codeOf, type ExtractedCode, soundPackage } from './extract-code.ts'
import { type PackageFixtures, readPackageFixtures } from './fixtures/package-fixtures.ts'

/** What is needed to try a package: its code and its fixtures. */
export interface ExtractedTrial extends PackageFixtures {
  code: ExtractedCode
}

/** Of a package that was checked before; throws for bytes that could never have passed. */
export function extractTrial(bytes: Uint8Array): ExtractedTrial {
  const held = soundPackage(bytes)
  return { code: codeOf(held), ...readPackageFixtures(held.files) }
}
