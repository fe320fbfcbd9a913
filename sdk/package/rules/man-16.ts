import { readDescription } from '../describe.ts'
import type { Observation } from '../finding.ts'
import { DESCRIBE_FILE, MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'
import { schemaFault } from './schema-fault.ts'

const MAX_FINDINGS = 20

export const man16: Rule = {
  id: 'MAN-16',
  severity: 'error',
  stage: 'manifest',
  title: 'Every schema is a JSON Schema',
  why: 'Records, parameters and settings are held against these schemas: with a broken one every value is refused.',
  fix: 'Correct the schema at this place, as JSON Schema (draft 7) has it.',
  check: schemaProblems,
}

function* schemaProblems(context: ManifestStage): Iterable<Observation> {
  let left = MAX_FINDINGS
  for (const { schema, file, pointer } of schemasOf(context)) {
    const fault = schemaFault(schema)
    if (!fault) continue
    const at = `${pointer}${fault.pointer}`.slice(0, 300)
    const line = file === MANIFEST_FILE ? { line: lineAt(context.place, at) } : {}
    yield { message: `this is no JSON Schema: ${fault.message}`, file, pointer: at, ...line }
    if (--left === 0) return
  }
}

interface FoundSchema {
  schema: object
  file: string
  pointer: string
}

function* schemasOf({ manifest: { annex }, package: { files } }: ManifestStage): Iterable<FoundSchema> {
  if (annex.config) yield { schema: annex.config, file: MANIFEST_FILE, pointer: '/annex/config' }
  if (annex.credentials?.schema)
    yield { schema: annex.credentials.schema, file: MANIFEST_FILE, pointer: '/annex/credentials/schema' }
  const described = readDescription(files.get(DESCRIBE_FILE) ?? new Uint8Array())
  if (!described.ok) return
  const { streams = {}, actions = {}, input, output } = described.description
  for (const [name, { schema }] of Object.entries(streams))
    yield { schema, file: DESCRIBE_FILE, pointer: `/streams/${name}/schema` }
  for (const [name, { params }] of Object.entries(actions))
    yield { schema: params, file: DESCRIBE_FILE, pointer: `/actions/${name}/params` }
  if (input) yield { schema: input, file: DESCRIBE_FILE, pointer: '/input' }
  if (output) yield { schema: output, file: DESCRIBE_FILE, pointer: '/output' }
}
