import type { BusinessEvent, Resource } from './resource.ts'
import { RESOURCES } from './resources.ts'

/** A type of event that the platform itself tells of, with the resource whose changes it follows from. */
export interface ResourceEventType {
  type: string
  resource: Resource
  business?: BusinessEvent
}

/** Every such type: `chantiers.created`, …, `INVOICE_ISSUED`. Subscribing needs the read scope of the resource. */
export const RESOURCE_EVENT_TYPES: readonly ResourceEventType[] = RESOURCES.flatMap((resource) => [
  ...Object.values(resource.events).map((type) => ({ type, resource })),
  ...resource.businessEvents.map((business) => ({ type: business.type, resource, business })),
])

export function resourceEventType(type: string): ResourceEventType | undefined {
  return RESOURCE_EVENT_TYPES.find((known) => known.type === type)
}

/** First parts of types that are the platform's: an extension emits none of them. */
const RESERVED: readonly string[] = [
  ...new Set(RESOURCE_EVENT_TYPES.map(({ resource }) => resource.name)),
  ...['annex', 'extension', 'installation', 'integration', 'organization', 'platform', 'version', 'webhook'],
]

/**
 * Whether an extension may emit it: parts of lower-case letters, digits and dashes, with dots between, at least two, the
 * first one none of the platform's. `erp.site.imported`.
 */
export function isExtensionEventType(type: string): boolean {
  if (type.length > 128 || !/^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*){1,5}$/.test(type)) return false
  return !RESERVED.includes(type.slice(0, type.indexOf('.')))
}
