import { resourceEventType } from '@annex/sdk/event-types'
import type { ExtensionDescription } from './describe.ts'

/**
 * Scopes whose use no call of the extension shows: an event needs that of its resource, and the platform writes what a
 * stream reads, and reads what it writes, for the extension.
 */
export function usedByPlatform(
  subscribes: readonly string[],
  streams: ExtensionDescription['streams'] = {},
): (scope: string) => boolean {
  const each = Object.values(streams)
  const heard = subscribes.flatMap((type) => {
    const known = resourceEventType(type)
    return known ? [`read:${known.resource.scope}`] : []
  })
  return (scope) =>
    heard.includes(scope) ||
    (scope.startsWith('write:') && each.some((stream) => stream.read)) ||
    (scope.startsWith('read:') && each.some((stream) => stream.write))
}
