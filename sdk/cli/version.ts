import { readFile } from 'node:fs/promises'

/** The version of the command line: that of its package. */
export async function cliVersion(): Promise<string> {
  const text = await readFile(new URL('./package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
