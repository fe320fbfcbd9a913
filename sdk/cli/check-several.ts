import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Report } from '@annex/package/report'
import { reportText } from '@annex/package/report-text'
import type { TrialParts } from '../../runtime/trials/trial-report.ts'
import { buildOrThrow } from './build-package.ts'
import { reportOf } from './check-package.ts'
import { CliError } from './cli-error.ts'
import type { CommandCall, Outcome } from './command.ts'
import { EXIT } from './exit-codes.ts'
import { packageSource } from './package-source.ts'
import { withChecker, withSandbox } from './run-parts.ts'
import { countFindings } from './show-findings.ts'

/** What came of one package of several. */
type Checked = { package: string; ok: boolean; report?: string; problem?: { code: string; message: string } }

/** Checks one package after the other in the same cages; one that cannot be checked holds up none of the others. */
export async function checkSeveral(call: CommandCall): Promise<Outcome> {
  if (call.flag('sarif')) throw new CliError(EXIT.usage, 'USAGE', '--sarif is for one package at a time')
  const given = call.text('report')
  const folder = given === undefined ? undefined : resolve(call.cwd, given)
  if (folder !== undefined) await mkdir(folder, { recursive: true })
  const lines: string[] = []
  const checked: Checked[] = []
  await withSandbox((sandbox) =>
    withChecker(async (checker) => {
      for (const named of call.positionals) {
        const { line, ...one } = await checkOne(call, { checker, sandbox }, named, folder)
        checked.push(one)
        lines.push(line)
      }
    }),
  )
  const exit = checked.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed
  return { exit, data: { checked }, text: lines.join('\n') }
}

async function checkOne(
  call: CommandCall,
  parts: TrialParts,
  named: string,
  folder: string | undefined,
): Promise<Checked & { line: string }> {
  call.terminal.working(`checking ${named}`)
  try {
    const source = await packageSource(call, named)
    const bytes = source.kind === 'file' ? source.bytes : (await buildOrThrow(source.path, parts.sandbox)).bytes
    const report = await reportOf(parts, bytes)
    const written = folder === undefined ? {} : { report: await writeReport(folder, named, report) }
    return { package: named, ok: report.ok, ...written, line: lineOf(call, named, report) }
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    const { code, message } = error
    const line = `${call.terminal.paint('red', 'failed')} ${named}: ${message}`
    return { package: named, ok: false, problem: { code, message }, line }
  }
}

async function writeReport(folder: string, named: string, report: Report): Promise<string> {
  const path = join(folder, `${basename(named)}.report.json`)
  await writeFile(path, reportText(report))
  return path
}

function lineOf({ terminal }: CommandCall, named: string, { ok, findings }: Report): string {
  return `${ok ? terminal.paint('green', 'passed') : terminal.paint('red', 'failed')} ${named}: ${countFindings(findings)}`
}
