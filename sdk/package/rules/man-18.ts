import type { Observation } from '../finding.ts'
import { shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

export const man18: Rule = {
  id: 'MAN-18',
  severity: 'error',
  stage: 'manifest',
  title: 'What is waived can be waived, and is there',
  why: 'A waiver is a question to the reviewer; one that waives nothing hides what it was meant for.',
  fix: 'Take the waiver out, or correct its rule and file. Rules that are certain cannot be waived.',
  check: waiverProblems,
}

function* waiverProblems({ manifest, package: { files }, place, waivable }: ManifestStage): Iterable<Observation> {
  for (const [index, { rule, file }] of (manifest.annex.waivers ?? []).entries()) {
    const pointer = `/annex/waivers/${index}`
    const where = { file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) }
    if (!waivable.has(rule)) yield { ...where, message: `${shown(rule)} is no rule that can be waived` }
    else if (file !== undefined && !files.has(file))
      yield { ...where, message: `the package has no file ${shown(file)} to waive anything in` }
  }
}
