import type { KindFiles } from './kind-files.ts'

const SOURCE = `import { defineTransformation, type TransformResult } from '@annex/sdk'

const site = {
  type: 'object',
  properties: { reference: { type: 'string' }, name: { type: 'string' } },
  required: ['reference', 'name'],
}

export default defineTransformation({
  input: site,
  output: site,
  transform(_ctx, records): TransformResult[] {
    return records.map((record) => {
      const name = String(record.name).trim()
      return name === '' ? { error: { code: 'NAME_EMPTY', message: 'The site has no name' } } : { ok: { ...record, name } }
    })
  },
})
`

const CASE = {
  handler: 'transform',
  input: [
    { reference: 'CH-1', name: '  Halle  ' },
    { reference: 'CH-2', name: ' ' },
  ],
  expect: [
    { ok: { reference: 'CH-1', name: 'Halle' } },
    { error: { code: 'NAME_EMPTY', message: 'The site has no name' } },
  ],
}

/** A transformation that trims names: small, and it does something. */
export function transformationFiles(): KindFiles {
  return {
    annex: {},
    description: 'Trims the names of records on their way through an integration',
    readme: `## What it does

It takes the spaces off both ends of each record's name. A record whose name is empty is set aside with the code
\`NAME_EMPTY\`; the others go on.

## What it asks for, and why

Nothing: it sees only the records that pass through it.`,
    files: { 'src/index.ts': SOURCE, 'fixtures/first/case.json': `${JSON.stringify(CASE, null, 2)}\n` },
  }
}
