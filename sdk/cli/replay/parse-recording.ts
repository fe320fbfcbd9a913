import { PLATFORM_VERSIONS } from '@annex/sdk/platform-version'
import { type TSchema, Type } from '@sinclair/typebox'
import { Ajv } from 'ajv'
import { RECORDING_FORMAT, type Recording } from '../../../runtime/recordings/recording.ts'

const Text = Type.String({ maxLength: 4096 })
const Count = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })
const Amount = Type.Number({ minimum: 0 })
const Time = Type.Integer({ minimum: -8.64e15, maximum: 8.64e15 })
const Anything = Type.Unknown()
const Numbered = Type.Integer({ minimum: 1 })

/** Of what is not written here nothing is used. */
const open = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: true })

const Failure = open({ class: Text, code: Text, message: Text, retryable: Type.Boolean(), incident: Type.Boolean() })

const Answer = Type.Union([
  open({ id: Numbered, ok: Type.Literal(true), value: Anything }),
  open({ id: Numbered, ok: Type.Literal(false), error: open({ code: Text, message: Type.String() }) }),
])

const Message = Type.Union([
  open({ k: Type.Literal('call'), id: Numbered, name: Text, args: Anything }),
  open({ k: Type.Literal('timer'), id: Numbered, ms: Amount }),
  open({ k: Type.Literal('log'), level: Text, message: Type.String() }),
  open({ k: Type.Literal('result'), value: Anything, done: Type.Boolean() }),
  open({ k: Type.Literal('error'), message: Type.String() }),
])

const Slice = open({
  enter: Type.Union(['run', 'deliver', 'pull', 'abort'].map((kind) => Type.Literal(kind))),
  now: Time,
  answers: Type.Optional(Type.Array(Answer)),
  said: Type.Optional(Type.Array(Message)),
})

const RecordingFile = open({
  format: Type.Literal(RECORDING_FORMAT),
  runId: Text,
  installationId: Text,
  extension: Text,
  version: Text,
  digest: Text,
  seed: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  limits: open({ sliceMs: Count, cpuMs: Count, wallMs: Count, hostCalls: Count, fetches: Count, logLines: Count }),
  input: open({
    handler: Type.Array(Text, { minItems: 1, maxItems: 8 }),
    args: Type.Array(Anything),
    config: Type.Record(Type.String(), Anything),
    platform: Type.Union(PLATFORM_VERSIONS.map((version) => Type.Literal(version))),
  }),
  slices: Type.Array(Slice, { minItems: 1 }),
  outcome: Type.Union([Type.Literal('succeeded'), Type.Literal('failed')]),
  failure: Type.Optional(Failure),
  hidden: open({ personal: Count, secrets: Count, settled: Type.Boolean() }),
})

const validate = new Ajv({ allErrors: false }).compile<Recording>(RecordingFile)

/** What a server or an admin hands out as a recording, or what is wrong with it. */
export function parseRecording(value: unknown): Recording | { problem: string } {
  if (validate(value)) return value
  const { instancePath, message } = validate.errors?.[0] ?? {}
  return { problem: `${instancePath || 'it'} ${message}` }
}
