import type { Observation } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/gu
/** Scripts whose letters pass for each other's. */
const LOOKALIKE = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
]

export const man13: Rule = {
  id: 'MAN-13',
  severity: 'error',
  stage: 'manifest',
  title: 'The display name is what it looks like',
  why: 'People choose an extension by its name; invisible or borrowed letters make one pass for another.',
  fix: 'Use at least two visible characters, no invisible ones, and letters of one script in a word.',
  check: displayNames,
}

function* displayNames({ manifest, place }: ManifestStage): Iterable<Observation> {
  const names = Object.entries(manifest.annex.locales ?? {}).map(
    ([locale, texts]) => [texts.displayName, `/annex/locales/${locale}/displayName`] as const,
  )
  for (const [name, pointer] of [[manifest.annex.displayName, '/annex/displayName'] as const, ...names]) {
    const message = name === undefined ? undefined : problem(name)
    if (message !== undefined) yield { message, file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) }
  }
}

function problem(name: string): string | undefined {
  if (INVISIBLE.test(name)) return 'the name has control or invisible characters'
  if ((name.match(VISIBLE)?.length ?? 0) < 2) return 'the name has fewer than two visible characters'
  const mixed = name
    .split(/[^\p{L}\p{M}\p{N}]/u)
    .some((word) => LOOKALIKE.filter((script) => script.test(word)).length > 1)
  return mixed ? 'a word of the name mixes letters of scripts that look alike' : undefined
}
