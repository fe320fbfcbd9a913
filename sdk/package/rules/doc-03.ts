import { fileText } from '../file-text.ts'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'
import { readSpdxExpression } from './spdx-expression.ts'

const FILE = /^(LICEN[CS]E|COPYING)([.-][\w.-]{1,40})?$/i
/** Words that stand in one licence only, and the SPDX ids that they belong to. */
const TELLING: readonly (readonly [words: string, ids: RegExp])[] = [
  ['permission is hereby granted, free of charge, to any person obtaining a copy', /^(MIT|X11|MIT-.+)$/],
  ['apache license version 2.0', /^Apache-2\.0$/],
  ['permission to use, copy, modify, and/or distribute this software for any purpose', /^(ISC|0BSD)$/],
  ['redistribution and use in source and binary forms', /^BSD-.+$/],
  ['mozilla public license version 2.0', /^MPL-2\.0$/],
  ['gnu affero general public license version 3', /^AGPL-3\.0.*$/],
  ['gnu lesser general public license version 3', /^LGPL-3\.0.*$/],
  ['gnu general public license version 3', /^A?GPL-3\.0.*$/],
  ['gnu general public license version 2', /^GPL-2\.0.*$/],
]

export const doc03: Rule = {
  id: 'DOC-03',
  severity: 'error',
  stage: 'manifest',
  title: 'The licence is named and enclosed',
  why: 'Without a licence nobody may use the extension.',
  fix: 'Set `license` to an SPDX expression (MIT, Apache-2.0, LicenseRef-…), and enclose its text as LICENSE.',
  check: licenseProblems,
}

function* licenseProblems({ manifest, package: { files }, place }: ManifestStage): Iterable<Observation> {
  const where = { file: MANIFEST_FILE, pointer: '/license', line: lineAt(place, '/license') }
  const { license } = manifest
  const read = license === undefined ? { problem: '`license` is missing' } : readSpdxExpression(license)
  if ('problem' in read) yield { ...where, message: read.problem }
  else if (read.deprecated.length > 0)
    yield { ...where, severity: 'note', message: `SPDX has newer names for ${read.deprecated.map(shown).join(', ')}` }
  const file = [...files].find(([path]) => FILE.test(path))
  const text = file && fileText(file[1])
  if (!file || text === undefined || text.trim() === '')
    yield { message: 'there is no LICENSE file with text', file: 'LICENSE' }
  else if ('ids' in read && contradicts(text, read.ids))
    yield { message: 'it is the text of another licence than `license` names', file: file[0] }
}

function contradicts(text: string, ids: string[]): boolean {
  const words = text
    .slice(0, 4000)
    .toLowerCase()
    .replace(/[^a-z0-9.,/]+/g, ' ')
  const told = TELLING.find(([telling]) => words.includes(telling))
  return told !== undefined && !ids.some((id) => told[1].test(id) || id.startsWith('LicenseRef-'))
}
