import { type Observation, shown } from '../finding.ts'
import type { FilesStage, Rule } from '../rule.ts'
import { shownPath } from './archive-faults.ts'
import { findNamedSecrets } from './find-named-secrets.ts'

const MAX_FINDINGS = 20

export const sec02: Rule = {
  id: 'SEC-02',
  severity: 'warning',
  stage: 'files',
  title: 'Nothing in the package looks like a password or a key',
  waivable: true,
  why: 'Everyone who installs the extension can read it, and so use it.',
  fix: 'If it is a secret, withdraw it and declare it under `credentials`; if not, waive this with the reason.',
  check: named,
}

function* named({ package: { files } }: FilesStage): Iterable<Observation> {
  const told = new Set<string>()
  // A map repeats the sources; the entry holds them once more, after those that the author wrote.
  const paths = [...files.keys()].filter((path) => !path.endsWith('.map')).sort((a, b) => rank(a) - rank(b))
  for (const path of paths) {
    const bytes = files.get(path) ?? new Uint8Array()
    for (const { name, value, at } of findNamedSecrets(bytes)) {
      if (told.has(value)) continue
      told.add(value)
      yield {
        message: `${shown(name)} is given a value that looks random`,
        file: shownPath(path),
        line: lineOfByte(bytes, at),
      }
      if (told.size === MAX_FINDINGS) return
    }
  }
}

function lineOfByte(bytes: Uint8Array, index: number): number {
  let line = 1
  for (let at = bytes.indexOf(10); at >= 0 && at < index; at = bytes.indexOf(10, at + 1)) line++
  return line
}

function rank(path: string): number {
  return path.startsWith('src/') ? 0 : 1
}
