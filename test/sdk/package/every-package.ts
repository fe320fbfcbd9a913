import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PACKAGE_LIMITS } from '@annex/package/limits'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import { changedPackage } from './good-package.ts'
import { hostileArchives } from './hostile-archives/hostile-archives.ts'
import { LIBRARIES, packLibrary } from './ordinary-library.ts'
import type { RuleCase } from './rule-case.ts'
import type { TrialCase } from './trial-case.ts'
import { packTrial } from './trial-project.ts'

const CASES = join(import.meta.dirname, 'rule-cases')

export interface TestPackage {
  title: string
  make(): Promise<Uint8Array>
}

/**
 * The packages that the rules are tried with: what trips each rule and its near misses, those that are run among them,
 * the hostile archives that are small enough to be sent, and ordinary libraries. `folder` is an empty one to pack in.
 */
export async function* everyPackage(folder: string, sandbox: Sandbox): AsyncIterable<TestPackage> {
  for (const file of readdirSync(CASES).sort()) {
    const id = file.replace('.ts', '')
    const module = (await import(join(CASES, file))) as Record<string, RuleCase | TrialCase>
    const found = module[`${id.replace('-', '')}Case`]
    for (const [kind, tries] of Object.entries({ trips: found?.trips ?? [], passes: found?.passes ?? [] }))
      for (const [n, it] of tries.entries()) {
        const title = `${id} ${kind} ${n}`
        if (!('members' in it)) yield { title, make: async () => changedPackage(it) }
        else yield { title, make: () => packTrial(own(folder, title), sandbox, it) }
      }
  }
  for (const library of Object.keys(LIBRARIES))
    yield { title: library, make: () => packLibrary(own(folder, library.replaceAll('/', '-')), library) }
  for (const { title, bytes } of hostileArchives()) {
    const made = bytes()
    if (made.length > 0 && made.length <= PACKAGE_LIMITS.compressed) yield { title, make: async () => made }
  }
}

function own(folder: string, name: string): string {
  const path = join(folder, name.replaceAll(' ', '-'))
  mkdirSync(path)
  return path
}
