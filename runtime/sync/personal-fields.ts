import { resourceNamed } from '@annex/sdk/resources'
import { templatePaths } from './field-transformation.ts'
import { bindingsOf, type Integration } from './integration.ts'

/** Names of the source's fields that its mappings bring into fields about a person: hidden in recordings too. */
export function personalFieldsOf(integration: Pick<Integration, 'streams'>): string[] {
  const names = new Set<string>()
  for (const { resource, fieldMappings } of Object.values(bindingsOf(integration))) {
    const personal = resourceNamed(resource)?.personalFields ?? []
    for (const { sourceField, targetField, transformation } of fieldMappings) {
      if (!personal.includes(targetField)) continue
      for (const path of [sourceField, ...templatePaths(transformation)]) names.add(path.split('.').at(-1) ?? path)
    }
  }
  return [...names]
}
