import type { Finding } from '@annex/package/finding'
import { authorFindings } from '../author-findings.ts'
import { type BuiltPackage, buildPackage } from '../build-package.ts'
import { checkBytes } from '../check-package.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { packageSource } from '../package-source.ts'
import { withSandbox } from '../run-parts.ts'
import { sarifLog } from '../sarif.ts'
import { countFindings, showFindings } from '../show-findings.ts'

export const check: Command = {
  name: 'check',
  usage: '[folder | file.tgz] [--sarif]',
  description:
    'Packs the folder in memory and runs the rules of the server over it. Exit code 1 when there are errors.',
  positionals: { min: 0, max: 1 },
  options: {
    sarif: { type: 'boolean', help: 'Print the findings as SARIF 2.1.0, for code hosts and editors' },
  },
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  const source = await packageSource(call)
  if (source.kind === 'file') return checked(call, source.bytes)
  call.terminal.working('building')
  const build = await withSandbox((sandbox) => buildPackage(source.path, sandbox))
  return build.ok ? checked(call, build.built.bytes, build.built) : outcome(call, false, build.findings, {})
}

async function checked(call: CommandCall, bytes: Uint8Array, built?: BuiltPackage): Promise<Outcome> {
  call.terminal.working('checking')
  const report = await checkBytes(bytes)
  const { ruleSet, executions, package: described } = report
  const found = described && { name: described.name, version: described.version, digest: described.digest }
  const findings = built ? authorFindings(built, [...built.warnings, ...report.findings]) : report.findings
  return outcome(call, report.ok, findings, { ruleSet, executions, package: found })
}

async function outcome(call: CommandCall, ok: boolean, findings: readonly Finding[], more: object): Promise<Outcome> {
  const exit = ok ? EXIT.ok : EXIT.failed
  if (call.flag('sarif')) {
    const data = await sarifLog(findings)
    return { exit, data, text: JSON.stringify(data, null, 2) }
  }
  const verdict = ok ? call.terminal.paint('green', 'passed') : call.terminal.paint('red', 'failed')
  return {
    exit,
    data: { findings, ...more },
    text: [...showFindings(call.terminal, findings), `check ${verdict}: ${countFindings(findings)}`].join('\n'),
  }
}
