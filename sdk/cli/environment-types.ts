import type { AnnexManifest } from '@annex/sdk/manifest'
import type { Resource } from '@annex/sdk/resource'
import { RESOURCES } from '@annex/sdk/resources'
import { normalizeScopes } from '@annex/sdk/scopes'
import { typeOfSchema } from './json-schema-type.ts'

const READING = ['list', 'get']
const WRITING = ['create', 'update', 'remove']

/**
 * The text of `annex-env.d.ts`: it narrows `ctx` to what the manifest declares, so that a call without its scope does
 * not compile. Optional scopes are there too: the author asks for them and catches the refusal.
 */
export function environmentTypes(annex: Pick<AnnexManifest, 'permissions' | 'config'>): string {
  const { required = [], optional = [] } = annex.permissions ?? {}
  const asked = normalizeScopes([...required, ...optional].map(({ scope }) => scope))
  const scopes: readonly string[] = 'scopes' in asked ? asked.scopes : []
  const resources = RESOURCES.flatMap((resource) => {
    const methods = methodsOf(resource, scopes)
    return methods.length === 0 ? [] : [resourceLine(resource, methods)]
  })
  return `// Made by annex from package.json: change the manifest, not this file.
import type { Json, PlatformRecord, PlatformResource } from '@annex/sdk'

declare module '@annex/sdk' {
  interface Declared {
    platform: {
${resources.map((line) => `      ${line}\n`).join('')}    }
    config: ${typeOfSchema(annex.config ?? { type: 'object', additionalProperties: false })}
  }
}

export type { Json, PlatformRecord, PlatformResource }
`
}

function methodsOf(resource: Resource, scopes: readonly string[]): string[] {
  const methods = [
    ...(scopes.includes(`read:${resource.scope}`) ? READING : []),
    ...(scopes.includes(`write:${resource.scope}`) ? WRITING : []),
  ]
  return methods.filter((method) => (resource.operations as readonly string[]).includes(method))
}

function resourceLine(resource: Resource, methods: readonly string[]): string {
  const record = `PlatformRecord & ${typeOfSchema(resource.input)}`
  const picked = methods.map((method) => `'${method}'`).join(' | ')
  return `readonly '${resource.name}': Pick<PlatformResource<${record}>, ${picked}>`
}
