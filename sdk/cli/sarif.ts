import type { Finding } from '@annex/package/finding'
import { RULES } from '@annex/package/rules'
import { cliVersion } from './version.ts'

const LEVELS = { error: 'error', review: 'warning', warning: 'warning', note: 'note' } as const

/** Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines. */
export async function sarifLog(findings: readonly Finding[]): Promise<Record<string, unknown>> {
  const ids = [...new Set(findings.map(({ rule }) => rule))]
  const rules = ids.map((id) => {
    const rule = RULES.find((one) => one.id === id)
    return { id, ...(rule && { shortDescription: { text: rule.title }, fullDescription: { text: rule.why } }) }
  })
  const driver = { name: 'annex check', version: await cliVersion(), rules }
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, results: findings.map(resultOf) }],
  }
}

function resultOf({ rule, severity, message, fix, file, line, column }: Finding): Record<string, unknown> {
  const region = line === undefined ? undefined : { startLine: line, ...(column && { startColumn: column }) }
  const physicalLocation = file && { artifactLocation: { uri: encodeURI(file) }, ...(region && { region }) }
  return {
    ruleId: rule,
    level: LEVELS[severity],
    message: { text: `${message}. ${fix}` },
    ...(physicalLocation && { locations: [{ physicalLocation }] }),
  }
}
