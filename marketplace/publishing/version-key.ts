import { parse } from 'semver'

/** Digits of `Number.MAX_SAFE_INTEGER`, the most that semver allows in a part. */
const DIGITS = 16

/**
 * A text that sorts, byte by byte, as the version does by precedence (semver 2.0, section 11), so that a store can
 * order versions. `undefined` for what is not strict semver, or carries build metadata: two of those would be equal.
 */
export function versionKey(version: string): string | undefined {
  const parsed = parse(version)
  if (!parsed || parsed.version !== version || parsed.build.length > 0) return undefined
  const numbers = [parsed.major, parsed.minor, parsed.patch].map((part) => String(part).padStart(DIGITS, '0'))
  return `${numbers.join('.')}-${preReleaseKey(parsed.prerelease)}`
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
  return /^\d+$/.test(text) ? `0${String(text.length).padStart(3, '0')}${text}` : `1${text}`
}
