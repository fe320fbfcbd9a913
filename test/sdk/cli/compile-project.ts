import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const TSC = fileURLToPath(new URL('../../../node_modules/typescript/lib/tsc.js', import.meta.url))

/** What the compiler complains of in a project; empty when it does not. */
export function compileProject(folder: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, [TSC, '-p', folder], { encoding: 'utf8' })
  return stdout + stderr
}
