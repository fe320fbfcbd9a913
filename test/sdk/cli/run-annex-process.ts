import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { quickStartEnvironment } from '../../runner/quick-start-environment.ts'
import { type AnnexRun, annexRun } from './run-annex.ts'

const MAIN = fileURLToPath(new URL('../../../sdk/cli/main.ts', import.meta.url))

/** Runs the command line as a user does: its own process, in `cwd`, with a home of its own. */
export function runAnnexProcess(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<AnnexRun> {
  const environment = { ...quickStartEnvironment(), HOME: cwd, ...env }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { cwd, env: environment }, (_error, stdout, stderr) => {
      resolve(annexRun(child.exitCode ?? -1, stdout, stderr))
    })
    child.stdin?.end()
  })
}
