import type { Finding } from '@annex/package/finding'
import type { PackageReport } from '@annex/package/report'
import type { Sandbox } from '../../runtime/sandbox/run.ts'
import { authorFindings } from './author-findings.ts'
import { type BuiltPackage, buildOrThrow } from './build-package.ts'
import { checkBytes } from './check-package.ts'
import type { CommandCall, Outcome } from './command.ts'
import { EXIT } from './exit-codes.ts'
import { packageSource } from './package-source.ts'
import { withSandbox } from './run-parts.ts'
import { countFindings, showFindings } from './show-findings.ts'

/** A package that passed here what the server will hold it against, or how the command ends. */
export type CheckedUpload = { ok: true; bytes: Uint8Array; package?: PackageReport } | { ok: false; outcome: Outcome }

/** Builds the folder that the command was pointed at, or reads the file, and checks it before anything is sent. */
export async function checkedUpload(call: CommandCall): Promise<CheckedUpload> {
  const { bytes, built, report } = await withSandbox(async (sandbox) => {
    const made = await packageToUpload(call, sandbox)
    call.terminal.working('checking')
    return { ...made, report: await checkBytes(made.bytes, sandbox) }
  })
  if (!report.ok) return { ok: false, outcome: refusedHere(call, authorFindings(report.findings, built)) }
  call.terminal.progress(`${report.package?.name} ${report.package?.version} passed the checks here; uploading`)
  return { ok: true, bytes, ...(report.package && { package: report.package }) }
}

async function packageToUpload(
  call: CommandCall,
  sandbox: Sandbox,
): Promise<{ bytes: Uint8Array; built?: BuiltPackage }> {
  const source = await packageSource(call)
  if (source.kind === 'file') return { bytes: source.bytes }
  call.terminal.working('building')
  const built = await buildOrThrow(source.path, sandbox)
  return { bytes: built.bytes, built }
}

function refusedHere(call: CommandCall, findings: readonly Finding[]): Outcome {
  const text = [
    ...showFindings(call.terminal, findings),
    `${call.terminal.paint('red', 'Not uploaded')}: the server would refuse it (${countFindings(findings)})`,
  ].join('\n')
  return { exit: EXIT.failed, data: { uploaded: false, findings }, text }
}
