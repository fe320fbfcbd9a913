import { resourceNamed } from '@annex/sdk/resources'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { EMITTED } from '../host-api/event-calls.ts'
import type { OutboxEvent } from '../storage/port.ts'
import type { Delivery } from './delivery.ts'

const Cause = Type.Object({ eventId: Type.String(), depth: Type.Integer({ minimum: 1 }) })

const Change = Type.Object({
  resource: Type.String(),
  id: Type.String(),
  rev: Type.Integer(),
  changes: Type.Record(Type.String(), Type.Unknown()),
  cause: Type.Optional(Cause),
})

const Emitted = Type.Object({
  type: Type.String(),
  extension: Type.String(),
  data: Type.String(),
  cause: Type.Optional(Cause),
})

/** What of a row of the outbox concerns subscribers. */
export type EventFacts = Pick<
  Delivery,
  'depth' | 'resource' | 'recordId' | 'revision' | 'changed' | 'data' | 'emitter'
> & {
  /** The types that the event goes under. */
  types: string[]
}

/** Nothing for what is no extension's business, such as the platform's own housekeeping. */
export function readEvent({ type, payload }: Pick<OutboxEvent, 'type' | 'payload'>): EventFacts | undefined {
  if (type === EMITTED) return readEmitted(payload)
  return readChange(type, payload)
}

function readEmitted(payload: unknown): EventFacts | undefined {
  if (!Value.Check(Emitted, payload)) return undefined
  const { type, extension, data, cause }: Static<typeof Emitted> = payload
  return { types: [type], depth: cause?.depth ?? 0, data, emitter: extension }
}

function readChange(type: string, payload: unknown): EventFacts | undefined {
  if (!Value.Check(Change, payload)) return undefined
  const { resource: name, id, rev, changes, cause }: Static<typeof Change> = payload
  const resource = resourceNamed(name)
  if (!resource || !Object.values(resource.events).includes(type)) return undefined
  const meanings = resource.businessEvents.filter(({ when }) => changes[when.field] === when.becomes)
  return {
    types: [type, ...meanings.map((meaning) => meaning.type)],
    ...{ depth: cause?.depth ?? 0, resource: name, recordId: id, revision: rev, changed: Object.keys(changes).sort() },
  }
}
