import type { Finding } from '@annex/package/finding'
import { buildPackage } from '../build-package.ts'
import { checkBytes } from '../check-package.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { packageSource } from '../package-source.ts'
import { withSandbox } from '../run-parts.ts'
import { countFindings, showFindings } from '../show-findings.ts'

export const check: Command = {
  name: 'check',
  usage: '[folder | file.tgz]',
  description:
    'Packs the folder in memory and runs the rules of the server over it. Exit code 1 when there are errors.',
  positionals: { min: 0, max: 1 },
  options: {},
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  const source = await packageSource(call)
  if (source.kind === 'file') return checked(call, source.bytes, [])
  const build = await withSandbox((sandbox) => buildPackage(source.path, sandbox))
  return build.ok ? checked(call, build.built.bytes, build.built.warnings) : outcome(call, false, build.findings, {})
}

async function checked(call: CommandCall, bytes: Uint8Array, warnings: readonly Finding[]): Promise<Outcome> {
  const report = await checkBytes(bytes)
  const { ruleSet, executions, package: described } = report
  const found = described && { name: described.name, version: described.version, digest: described.digest }
  return outcome(call, report.ok, [...warnings, ...report.findings], { ruleSet, executions, package: found })
}

function outcome(call: CommandCall, ok: boolean, findings: readonly Finding[], more: object): Outcome {
  const verdict = ok ? call.terminal.paint('green', 'passed') : call.terminal.paint('red', 'failed')
  return {
    exit: ok ? EXIT.ok : EXIT.failed,
    data: { findings, ...more },
    text: [...showFindings(call.terminal, findings), `check ${verdict}: ${countFindings(findings)}`].join('\n'),
  }
}
