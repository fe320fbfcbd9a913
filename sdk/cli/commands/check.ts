import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Finding } from '@annex/package/finding'
import type { Report } from '@annex/package/report'
import { reportText } from '@annex/package/report-text'
import { RULE_SET } from '@annex/package/rules'
import { sarifLog } from '@annex/package/sarif'
import { authorFindings } from '../author-findings.ts'
import { type BuiltPackage, buildPackage } from '../build-package.ts'
import { checkBytes } from '../check-package.ts'
import { checkSeveral } from '../check-several.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { packageSource } from '../package-source.ts'
import { withSandbox } from '../run-parts.ts'
import { countFindings, showFindings } from '../show-findings.ts'
import { showUse } from '../show-use.ts'

export const check: Command = {
  name: 'check',
  usage: '[folder | file.tgz]… [--sarif] [--report <file | folder>]',
  description: `Packs the folder in memory, runs the rules of the server over it, and runs it in the sandbox as the server
  does: loaded without any grant, then its fixtures, on each version of the platform that it covers.
  Exit code 1 when there are errors. --json prints the report that the server makes of the same package.
  Of several packages each gets a line, and with --report <folder> a report there.`,
  positionals: { min: 0, max: 1000 },
  options: {
    sarif: { type: 'boolean', help: 'Print the findings as SARIF 2.1.0, for code hosts and editors' },
    report: {
      type: 'string',
      value: '<file>',
      help: 'Write the report into this file, as JSON; of several, into this folder',
    },
  },
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  if (call.positionals.length > 1) return checkSeveral(call)
  const source = await packageSource(call)
  return withSandbox(async (sandbox) => {
    const checking = (bytes: Uint8Array) => {
      call.terminal.working('checking')
      return checkBytes(bytes, sandbox)
    }
    if (source.kind === 'file') return checked(call, await checking(source.bytes))
    call.terminal.working('building')
    const build = await buildPackage(source.path, sandbox)
    return build.ok ? checked(call, await checking(build.built.bytes), build.built) : unbuilt(call, build.findings)
  })
}

async function checked(call: CommandCall, report: Report, built?: BuiltPackage): Promise<Outcome> {
  const file = call.text('report')
  if (file !== undefined) await writeFile(resolve(call.cwd, file), reportText(report))
  const exit = report.ok ? EXIT.ok : EXIT.failed
  const findings = [...(built?.warnings ?? []), ...report.findings]
  if (call.flag('sarif')) return sarif(exit, { ...report, findings })
  if (call.json) {
    // Not through the outcome: the bytes are the report's own.
    call.terminal.result(reportText(report).trimEnd())
    return { exit, data: {}, text: '', told: true }
  }
  const shown = authorFindings(findings, built)
  return { exit, data: {}, text: textOf(call, report.ok, shown, showUse(call.terminal, report)) }
}

/** Of what cannot be packed there is no report. */
function unbuilt(call: CommandCall, findings: readonly Finding[]): Outcome {
  if (call.flag('sarif')) return sarif(EXIT.failed, { ruleSet: RULE_SET, findings: [...findings] })
  return { exit: EXIT.failed, data: { ruleSet: RULE_SET, findings }, text: textOf(call, false, findings) }
}

function sarif(exit: Outcome['exit'], report: Pick<Report, 'ruleSet' | 'findings'>): Outcome {
  const data = sarifLog(report)
  return { exit, data, text: JSON.stringify(data, null, 2) }
}

function textOf(
  { terminal }: CommandCall,
  ok: boolean,
  findings: readonly Finding[],
  use: readonly string[] = [],
): string {
  const verdict = ok ? terminal.paint('green', 'passed') : terminal.paint('red', 'failed')
  return [...showFindings(terminal, findings), ...use, `check ${verdict}: ${countFindings(findings)}`].join('\n')
}
