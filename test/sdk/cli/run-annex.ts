import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { quickStartEnvironment } from '../../runner/quick-start-environment.ts'

const MAIN = fileURLToPath(new URL('../../../sdk/cli/main.ts', import.meta.url))

export interface AnnexRun {
  code: number
  stdout: string
  stderr: string
  /** Standard output as JSON. */
  json(): Record<string, unknown>
}

/** Runs the command line as a user does: its own process, in `cwd`, with a home of its own. */
export function runAnnex(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<AnnexRun> {
  const environment = { ...quickStartEnvironment(), HOME: cwd, ...env }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { cwd, env: environment }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> })
    })
    child.stdin?.end()
  })
}
