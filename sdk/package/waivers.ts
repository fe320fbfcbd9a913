import type { Manifest } from '@annex/sdk/manifest'
import type { Finding } from './finding.ts'
import type { Rule } from './rule.ts'

/**
 * The findings with the author's waivers taken into account: a waived error wants a review instead, a waived warning is
 * a note. The finding stays, with the reason, for everybody to see.
 */
export function waive(findings: readonly Finding[], manifest: Manifest, rules: readonly Rule[]): Finding[] {
  const { waivers = [] } = manifest.annex
  if (waivers.length === 0) return [...findings]
  const waivable = waivableIds(rules)
  return findings.map((finding) => {
    const waiver = waivers.find(
      ({ rule, file }) => rule === finding.rule && (file === undefined || file === finding.file),
    )
    if (!waiver || !waivable.has(finding.rule)) return finding
    return { ...finding, severity: WAIVED[finding.severity], waived: waiver.reason }
  })
}

const WAIVED = { error: 'review', review: 'review', warning: 'note', note: 'note' } as const

export function waivableIds(rules: readonly Rule[]): ReadonlySet<string> {
  return new Set(rules.filter((rule) => rule.waivable).map(({ id }) => id))
}
