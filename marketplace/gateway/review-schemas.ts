import { PackageDifference } from '@annex/package/difference/package-difference'
import { Type } from '@sinclair/typebox'

const Text = Type.String()
const Version = Type.Object({ version: Text, digest: Text })
const Widening = Type.Object({ kind: Text, name: Text, words: Text })
const Json = Type.Unknown()

export const ReviewDifference = Type.Object({
  before: Version,
  after: Version,
  widened: Type.Array(Widening, { description: 'What it may do and the last approved version might not' }),
  narrowed: Type.Array(Widening, { description: 'What it gives up' }),
  manifest: Type.Array(Type.Object({ part: Text, before: Type.Optional(Json), after: Type.Optional(Json) })),
  libraries: Type.Array(Type.Object({ name: Text, before: Type.Optional(Text), after: Type.Optional(Text) })),
  ...PackageDifference.properties,
})

const Usage = Type.Object({
  cpuMs: Type.Number(),
  memory: Type.Number(),
  hostCalls: Type.Number(),
  fetches: Type.Number(),
})
const Call = Type.Object({
  name: Text,
  scope: Type.Optional(Text),
  host: Type.Optional(Text),
  target: Type.Optional(Text),
  declared: Type.Boolean(),
  count: Type.Integer(),
})
const ComparedRun = Type.Object({
  ok: Type.Boolean({ description: 'Whether all came as the fixture expects it' }),
  error: Type.Optional(Type.Object({ code: Text, message: Text })),
  calls: Type.Array(Call),
  usage: Usage,
})
const UseOf = Type.Object({ name: Text, asked: Text, seen: Text })
const Side = Type.Object({
  version: Text,
  digest: Text,
  use: Type.Optional(Type.Object({ scopes: Type.Array(UseOf), hosts: Type.Array(UseOf) })),
})

export const ReviewBehaviour = Type.Object({
  before: Type.Optional(Side),
  after: Side,
  fixtures: Type.Array(
    Type.Object({
      fixture: Text,
      handler: Text,
      from: Type.Unsafe<'before' | 'after'>(Type.String({ enum: ['before', 'after'] })),
      before: Type.Optional(ComparedRun),
      after: ComparedRun,
      output: Type.Array(
        Type.Object(
          { path: Text, expected: Type.Optional(Text), actual: Type.Optional(Text) },
          {
            description: '`expected` is what the last approved version gives, `actual` what this one does',
          },
        ),
      ),
    }),
  ),
  stopped: Type.Boolean({ description: 'Whether it was ended before all was run' }),
})
