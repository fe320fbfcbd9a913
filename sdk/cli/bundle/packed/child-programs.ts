import { readFile } from 'node:fs/promises'

const NAMES = ['guest.cjs', 'check.cjs']

/** What caged processes run: bundled when the command line was packed. */
export async function childPrograms(): Promise<Map<string, Uint8Array>> {
  const programs = NAMES.map(async (name) => [name, await readFile(new URL(`./${name}`, import.meta.url))] as const)
  return new Map(await Promise.all(programs))
}
