import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { tell } from './tell.ts'

const root = join(import.meta.dirname, '../..')
const COMMAND_MS = 60_000

export interface CommandResult {
  exit: number | null
  stdout: string
}

/** Runs `annex …` as its user would, shows what it prints, and fails on any exit code but 0. */
export async function annex(
  args: readonly string[],
  home: string,
  secrets: Record<string, string> = {},
): Promise<CommandResult> {
  tell.line(`$ annex ${args.map((word) => word.replace(/^(hbc_.{4}).*/, '$1…')).join(' ')}`)
  const child = spawn(process.execPath, [join(root, 'sdk/cli/main.ts'), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', HOME: home, XDG_CONFIG_HOME: home, NO_COLOR: '1', ...secrets },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: COMMAND_MS,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const exit = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  tell.quote(stdout || stderr)
  if (exit !== 0) throw new Error(`annex ${args[0]} ended with ${exit}: ${stderr || stdout}`)
  return { exit, stdout }
}
