import type { Finding } from './finding.ts'
import type { Report } from './report.ts'
import { RULES } from './rules.ts'

const LEVELS = { error: 'error', review: 'warning', warning: 'warning', note: 'note' } as const

/** The findings of a report as SARIF 2.1.0 (OASIS), which code hosts and editors show beside the lines. */
export function sarifLog({ ruleSet, findings }: Pick<Report, 'ruleSet' | 'findings'>): Record<string, unknown> {
  const ids = [...new Set(findings.map(({ rule }) => rule))].sort()
  const driver = { name: 'annex check', version: ruleSet, rules: ids.map(ruleOf) }
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results: findings.map(resultOf) }],
  }
}

function ruleOf(id: string): Record<string, unknown> {
  const rule = RULES.find((one) => one.id === id)
  if (!rule) return { id }
  const { title, why, fix } = rule
  return { id, shortDescription: { text: title }, fullDescription: { text: why }, help: { text: fix } }
}

function resultOf({ rule, severity, message, fix, waived, ...place }: Finding): Record<string, unknown> {
  const { file, line, column } = place.source ?? place
  const region = line === undefined ? undefined : { startLine: line, ...(column && { startColumn: column }) }
  const physicalLocation = file && { artifactLocation: { uri: encodeURI(file) }, ...(region && { region }) }
  return {
    ruleId: rule,
    level: LEVELS[severity],
    message: { text: `${message}. ${fix}` },
    ...(physicalLocation && { locations: [{ physicalLocation }] }),
    ...(waived !== undefined && { suppressions: [{ kind: 'inSource', justification: waived }] }),
  }
}
