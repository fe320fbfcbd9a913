import { readFileSync, writeFileSync } from 'node:fs'
import type { Mutant } from './mutant.ts'

/** The source has moved on: the mutant must be written anew, or goes. */
export class StaleMutantError extends Error {}

/** Plants the bug below `root`; the answer takes it out again. Throws `StaleMutantError`. */
export function plant(root: URL, { title, file, text, replacement }: Mutant): () => void {
  const place = new URL(file, root)
  const sound = readFileSync(place, 'utf8')
  const [before, after, ...more] = sound.split(text)
  if (text === '' || before === undefined || after === undefined || more.length > 0) {
    const times = sound.split(text).length - 1
    throw new StaleMutantError(`"${title}" is stale: its text stands ${times} times in ${file}, not once`)
  }
  writeFileSync(place, before + replacement + after)
  return () => writeFileSync(place, sound)
}
