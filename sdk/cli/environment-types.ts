import { coveredPlatforms } from '@annex/package/covered-platforms'
import type { AnnexManifest, ScopeRequest } from '@annex/sdk/manifest'
import { hasReached, PLATFORM_VERSIONS } from '@annex/sdk/platform-version'
import type { Resource } from '@annex/sdk/resource'
import { RESOURCES } from '@annex/sdk/resources'
import { expandScope } from '@annex/sdk/scopes'
import type { Static } from '@sinclair/typebox'
import { typeOfSchema } from './json-schema-type.ts'

const READING = ['list', 'get']
const WRITING = ['create', 'update', 'remove']

type DeclaredParts = Partial<Pick<AnnexManifest, 'platform'>> &
  Pick<AnnexManifest, 'permissions' | 'config' | 'events' | 'secrets' | 'schedules'>

/**
 * The text of `annex-env.d.ts`: it narrows `ctx` to what the manifest declares, so that a call without its scope does
 * not compile. Optional scopes are there too: the author asks for them and catches the refusal.
 */
export function environmentTypes(annex: DeclaredParts): string {
  const { required = [], optional = [] } = annex.permissions ?? {}
  const asked = [...required, ...optional]
  const scopes: readonly string[] = asked.flatMap(({ scope }) => expandScope(scope))
  const resources = RESOURCES.flatMap((resource) => {
    const methods = methodsOf(resource, scopes)
    return methods.length === 0 ? [] : [resourceLine(resource, methods, readColumns(resource, asked))]
  })
  return `// Made by annex from package.json: change the manifest, not this file.
import type { Json, PlatformRecord, PlatformResource } from '@annex/sdk'

declare module '@annex/sdk' {
  interface Declared {
    platform: {
${resources.map((line) => `      ${line}\n`).join('')}    }
    config: ${configType(annex.config)}
    emits: ${nameUnion(annex.events?.emits)}
    subscribes: ${nameUnion(annex.events?.subscribes)}
    secrets: ${nameUnion(annex.secrets?.map(({ ref }) => ref))}
    schedules: ${nameUnion(annex.schedules?.map(({ name }) => name))}
    reached: ${nameUnion(reachedVersions(annex.platform))}
  }
}

export type { Json, PlatformRecord, PlatformResource }
`
}

/** The lowest version that the range covers, and those before it: what came with them is always there. */
function reachedVersions(range = '*'): string[] {
  const [lowest = PLATFORM_VERSIONS[0]] = coveredPlatforms(range)
  return PLATFORM_VERSIONS.filter((version) => hasReached(lowest, version))
}

/** A field that the schema does not name may be configured, but the code is not written for it: reading it is a slip. */
function configType(schema: AnnexManifest['config']): string {
  return typeOfSchema({ type: 'object', ...schema, additionalProperties: false })
}

function nameUnion(names: readonly string[] = []): string {
  return names.length === 0 ? 'never' : names.map((name) => JSON.stringify(name)).join(' | ')
}

function methodsOf(resource: Resource, scopes: readonly string[]): string[] {
  const methods = [
    ...(scopes.includes(`read:${resource.scope}`) ? READING : []),
    ...(scopes.includes(`write:${resource.scope}`) ? WRITING : []),
  ]
  return methods.filter((method) => (resource.operations as readonly string[]).includes(method))
}

/** The only fields that the extension asks to read; nothing when it asks for all of them. */
function readColumns(resource: Resource, asked: readonly Static<typeof ScopeRequest>[]): readonly string[] | undefined {
  const request = asked.find(({ scope }) => expandScope(scope).includes(`read:${resource.scope}`))
  return request?.columns
}

/** A field that is not asked for will not be there: so the type has none either. */
function resourceLine(resource: Resource, methods: readonly string[], columns: readonly string[] | undefined): string {
  const { properties, ...input } = resource.input
  const shown = Object.entries(properties).filter(([name]) => columns?.includes(name) ?? true)
  const record = `PlatformRecord & ${typeOfSchema({ ...input, properties: Object.fromEntries(shown) })}`
  const picked = methods.map((method) => `'${method}'`).join(' | ')
  return `readonly '${resource.name}': Pick<PlatformResource<${record}>, ${picked}>`
}
