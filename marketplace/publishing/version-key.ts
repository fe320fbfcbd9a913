import { parse, type SemVer } from 'semver'

/** Digits of `Number.MAX_SAFE_INTEGER`, the most that semver allows in a part. */
const DIGITS = 16

/**
 * A text that sorts, byte by byte, as the version does by precedence (semver 2.0, section 11), so that a store can
 * order versions. `undefined` for what is not strict semver; for build metadata, since two of those would be equal; and
 * for a number in the pre-release that is too large to be counted exactly, which readers would order differently.
 */
export function versionKey(version: string): string | undefined {
  const parsed = parse(version)
  if (!parsed || parsed.version !== version || parsed.build.length > 0) return undefined
  const { prerelease } = parsed
  if (!prerelease.every(isExact)) return undefined
  return `${tupleKey(parsed)}${preReleaseKey(prerelease)}`
}

/** Sorts below every version with these three numbers, and above all that is lower. */
export function tupleKey({ major, minor, patch }: Pick<SemVer, 'major' | 'minor' | 'patch'>): string {
  return `${[major, minor, patch].map((part) => String(part).padStart(DIGITS, '0')).join('.')}-`
}

export function isPreRelease(version: string): boolean {
  return (parse(version)?.prerelease.length ?? 0) > 0
}

/** `~` is above every identifier: no pre-release ranks highest. `!` is below every character of an identifier. */
function preReleaseKey(identifiers: readonly (string | number)[]): string {
  return identifiers.length === 0 ? '~' : identifiers.map(identifierKey).join('!')
}

/** Numeric identifiers rank below the others, and among themselves by size: length first, then digits. */
function identifierKey(identifier: string | number): string {
  const text = String(identifier)
  return isNumeric(text) ? `0${String(text.length).padStart(2, '0')}${text}` : `1${text}`
}

function isExact(identifier: string | number): boolean {
  return !isNumeric(String(identifier)) || Number(identifier) <= Number.MAX_SAFE_INTEGER
}

function isNumeric(text: string): boolean {
  return /^\d+$/.test(text)
}
