import type { Json, JsonObject } from '@annex/sdk/json'
import { PLATFORM_FIELDS, type Resource } from '@annex/sdk/resource'
import { resourceNamed } from '@annex/sdk/resources'
import type { FieldMapping } from './field-mapping.ts'
import { templatePaths } from './field-transformation.ts'
import type { StreamBinding } from './stream-binding.ts'

export const MASK = '[masked]'

/** What is known of a field of a record, and of the fields inside it. */
interface Meaning {
  /** Personal goes before plain: a field can be mapped to both. */
  kind?: 'plain' | 'personal'
  inner: Map<string, Meaning>
}

/**
 * The record as it is shown to who may not read its resource: fields about a person are masked, and so is what is not
 * mapped to any field, for nobody has said what it is. Without a binding that is everything.
 */
export function maskRecord(record: JsonObject, binding: StreamBinding | undefined): Json {
  const resource = binding && resourceNamed(binding.resource)
  if (!binding || !resource) return mask(record, undefined, false)
  const meanings = binding.direction === 'INBOUND' ? ofSource(resource, binding.fieldMappings) : ofRecord(resource)
  return mask(record, meanings, false)
}

/** A record that came in: its fields mean what they are mapped to. */
function ofSource({ personalFields }: Resource, mappings: readonly FieldMapping[]): Meaning {
  const root: Meaning = { inner: new Map() }
  for (const mapping of mappings) {
    const kind = personalFields.includes(mapping.targetField) ? 'personal' : 'plain'
    for (const path of [mapping.sourceField, ...templatePaths(mapping.transformation)])
      mark(root, path.split('.'), kind)
  }
  return root
}

/** A record that was to go out is one of the platform's. */
function ofRecord({ input, personalFields }: Resource): Meaning {
  const root: Meaning = { inner: new Map() }
  for (const field of [...Object.keys(input.properties), ...PLATFORM_FIELDS]) {
    mark(root, [field], personalFields.includes(field) ? 'personal' : 'plain')
  }
  return root
}

function mark(root: Meaning, path: readonly string[], kind: 'plain' | 'personal'): void {
  let here = root
  for (const name of path) {
    const next = here.inner.get(name) ?? { inner: new Map() }
    here.inner.set(name, next)
    here = next
  }
  if (here.kind !== 'personal') here.kind = kind
}

/** `shown`: whether the value stands within a plain field. That a field is null or empty is told. */
function mask(value: Json, meaning: Meaning | undefined, shown: boolean): Json {
  const plain = meaning?.kind === 'plain' || (shown && meaning?.kind !== 'personal')
  if (value === null || meaning?.kind === 'personal') return value === null ? null : MASK
  if (typeof value !== 'object') return plain ? value : MASK
  const inside = (key: string, inner: Json | undefined) => mask(inner ?? null, meaning?.inner.get(key), plain)
  if (Array.isArray(value)) return value.map((one, i) => inside(String(i), one))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inside(key, inner)]))
}
