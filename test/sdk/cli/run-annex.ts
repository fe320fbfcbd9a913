import { COMMANDS } from '../../../sdk/cli/commands.ts'
import { runCommandLine } from '../../../sdk/cli/run-command-line.ts'
import { cliVersion } from '../../../sdk/cli/version.ts'

export interface AnnexRun {
  code: number
  stdout: string
  stderr: string
  /** Standard output as JSON. */
  json(): Record<string, unknown>
}

/**
 * Runs the command line in `cwd`, with a home of its own and nobody at the keyboard, in this process: one of its own
 * takes a third of a second to load (`run-annex-process.ts`).
 */
export async function runAnnex(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<AnnexRun> {
  const said = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof said) => ({
    write(text: string) {
      said[name] += text
    },
  })
  const shell = {
    ...{ cwd: () => cwd, env: { HOME: cwd, ...env } },
    ...{ stdin: {}, stdout: stream('stdout'), stderr: stream('stderr') },
  }
  const code = await runCommandLine({ commands: COMMANDS, version: await cliVersion() }, args, shell)
  return annexRun(code, said.stdout, said.stderr)
}

export function annexRun(code: number, stdout: string, stderr: string): AnnexRun {
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> }
}
