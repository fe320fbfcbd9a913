import type { Severity } from './finding.ts'
import type { Rule } from './rule.ts'

/** A rule as authors read of it. */
export interface RuleSummary {
  id: string
  severity: Severity
  title: string
  why: string
  fix: string
  /** What the rule looks at. */
  stage: Rule['stage']
  waivable: boolean
  /** A part of it needs data that no package holds. */
  outside: boolean
}

export function ruleSummary({ id, severity, title, why, fix, stage, waivable, outside }: Rule): RuleSummary {
  return { id, severity, title, why, fix, stage, waivable: waivable === true, outside: outside !== undefined }
}

const SEVERITIES: Readonly<Record<Severity, string>> = {
  error: 'an error: the package is refused',
  review: 'a review: a person looks before the version is published',
  warning: 'a warning: shown, and counted in the risk',
  note: 'a note: shown',
}

const STAGES: Readonly<Record<Rule['stage'], string>> = {
  archive: 'the archive: its entries and headers',
  files: 'the files',
  json: 'package.json, as JSON',
  manifest: 'package.json, and the files that belong to it',
  trial: 'runs of the package in the sandbox: without them it says `skip`, `not run`',
  outside: 'what only a marketplace or its operator knows: without it the rule says `skip`, `no data`',
}

const INTRODUCTION = `# The rules for packages

Every package is held against these rules: by \`annex check\`, in CI and by the marketplace, with the same result. Rules that
need more than the package are looked at by whoever has that.

The severity stands for most findings of a rule; a finding may weigh less or more, and says so. \`annex.waivers\` in
package.json waives findings of the rules that allow it, with a reason that reviewers read: an error then becomes a
review, a warning a note.`

/** The rules as a page of Markdown: the id is the heading, so that \`docs\` of a finding is its anchor. */
export function rulesDocument(rules: readonly Rule[]): string {
  return `${[INTRODUCTION, ...rules.map((rule) => section(ruleSummary(rule)))].join('\n\n')}\n`
}

function section({ id, severity, title, why, fix, stage, waivable, outside }: RuleSummary): string {
  const needs = outside && stage !== 'outside' ? '; a part of it at what only a marketplace knows' : ''
  return `## ${id}

**${title}.** ${why}

- Finding: ${SEVERITIES[severity]}
- Mending: ${fix}
- It looks at ${STAGES[stage]}${needs}
- Can be waived: ${waivable ? 'yes, with a reason' : 'no'}`
}
