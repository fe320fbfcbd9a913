import type { HostCallArguments } from '@annex/sdk/host-api'
import type { Json, JsonObject } from '@annex/sdk/json'
import type { Platform } from '../platform/platform.ts'
import { type Result, success } from '../result.ts'
import type { Answer, CallContext } from './call-context.ts'
import type { Files } from './files.ts'

/** `ctx.platform`: the resources, as the installation (and whoever started the run) may use them. */
export function createPlatformCalls({ platform, files }: { platform: Platform; files: Files }) {
  return {
    'platform.list': ({ principal }: CallContext, args: HostCallArguments<'platform.list'>): Answer => {
      const { resource, ...options } = args
      return json(platform.list(principal, resource, options))
    },
    'platform.get': ({ principal }: CallContext, { resource, id }: HostCallArguments<'platform.get'>): Answer =>
      json(platform.get(principal, resource, id)),
    'platform.create': async (
      { principal, installation }: CallContext,
      { resource, record, file }: HostCallArguments<'platform.create'>,
    ): Answer => {
      if (file === undefined) return json(platform.create(principal, resource, fields(record)))
      const opened = await files.openFile(installation.organizationId, installation.id, file)
      if (!opened.ok) return opened
      const { stream, file: handle } = opened.value
      return json(platform.create(principal, resource, fields(record), { type: handle.type, open: stream }))
    },
    'platform.update': (
      { principal }: CallContext,
      { resource, id, changes, ifRev }: HostCallArguments<'platform.update'>,
    ): Answer => json(platform.update(principal, resource, id, fields(changes), ifRev === undefined ? {} : { ifRev })),
    'platform.remove': ({ principal }: CallContext, { resource, id }: HostCallArguments<'platform.remove'>): Answer =>
      json(platform.remove(principal, resource, id)),
  }
}

/** The arguments were walked at the door: they are JSON. What the fields may be is the resource's to say. */
function fields(record: Record<string, unknown>): JsonObject {
  return record as JsonObject
}

/** Pages and records are JSON already; only their optional fields keep the compiler from seeing it. */
async function json(result: Promise<Result<unknown>>): Promise<Result<Json>> {
  const outcome = await result
  return outcome.ok ? success(outcome.value as Json) : outcome
}
