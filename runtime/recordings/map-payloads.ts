import type { ErrorShape } from '@annex/sdk/errors'
import type { Json, JsonObject } from '@annex/sdk/json'
import type { HostCallResult } from '../sandbox/host-call.ts'
import type { GuestMessage } from '../sandbox/protocol.ts'
import type { Recording } from './recording.ts'

/** `undefined` stays so: what was not there does not come to be. */
type MapJson = (value: Json) => Json

/** The recording with every value that a guest, a person or an upstream wrote mapped; its own words stay. */
export function mapPayloads(recording: Recording, map: MapJson): Recording {
  const { input, slices, failure } = recording
  return {
    ...recording,
    input: { ...input, args: input.args.map(map), config: map(input.config) as JsonObject },
    slices: slices.map((slice) => ({
      ...slice,
      ...(slice.answers && { answers: slice.answers.map((answer) => ({ id: answer.id, ...mapAnswer(answer, map) })) }),
      ...(slice.said && { said: slice.said.map((message) => mapMessage(message, map)) }),
    })),
    ...(failure && { failure: { ...failure, ...mapTexts(failure, map) } }),
  }
}

function mapAnswer(answer: HostCallResult, map: MapJson): HostCallResult {
  if (answer.ok) return { ok: true, value: map(answer.value) }
  const { error } = answer
  const mapped: ErrorShape = { ...error, message: textOf(map(error.message)) }
  if (error.details !== undefined) mapped.details = map(error.details as Json)
  return { ok: false, error: mapped }
}

function mapMessage(message: GuestMessage, map: MapJson): GuestMessage {
  switch (message.k) {
    case 'call':
      return { ...message, args: map(message.args as Json) }
    case 'log': {
      const { details } = message
      return {
        ...message,
        message: textOf(map(message.message)),
        ...(details && { details: map(details) as JsonObject }),
      }
    }
    case 'result':
      return { ...message, value: map(message.value) }
    case 'error':
      return { ...message, ...mapTexts(message, map) }
    case 'timer':
      return message
  }
}

function mapTexts({ message, stack }: { message: string; stack?: string }, map: MapJson) {
  return { message: textOf(map(message)), ...(stack !== undefined && { stack: textOf(map(stack)) }) }
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
