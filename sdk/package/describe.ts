import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { PACKAGE_LIMITS as LIMITS } from './limits.ts'
import { parseStrictJson } from './strict-json.ts'

const Name = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z_][A-Za-z0-9_-]*$' })
/** An author's JSON Schema: an object, bounded by the size and depth of the whole file, never compiled here. */
const AuthorSchema = Type.Object({}, { additionalProperties: true })
const known = { additionalProperties: false }

const StreamDescription = Type.Object(
  {
    schema: AuthorSchema,
    primaryKey: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { minItems: 1, maxItems: 8 }),
    cursorField: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    read: Type.Boolean(),
    write: Type.Boolean(),
  },
  known,
)

function named<S extends Parameters<typeof Type.Record>[1]>(value: S) {
  return Type.Record(Type.String({ pattern: Name.pattern ?? '' }), value, {
    additionalProperties: false,
    maxProperties: 64,
  })
}

/**
 * `annex.describe.json`: what the definition of an extension says of itself, found by evaluating the bundle once when
 * it is packed. `handlers` are the paths that can be called: `streams.sites.read`.
 */
export const ExtensionDescription = Type.Object(
  {
    kind: Type.Union([Type.Literal('connector'), Type.Literal('transformation')]),
    handlers: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 400 }),
    streams: Type.Optional(named(StreamDescription)),
    actions: Type.Optional(named(Type.Object({ params: AuthorSchema }, known))),
    /** The libraries that the bundle holds, by their npm names. */
    libraries: Type.Optional(
      Type.Array(
        Type.Object(
          { name: Type.String({ minLength: 1, maxLength: 214 }), version: Type.String({ maxLength: 64 }) },
          known,
        ),
        { maxItems: 500 },
      ),
    ),
    /** Of a transformation. */
    input: Type.Optional(AuthorSchema),
    output: Type.Optional(AuthorSchema),
  },
  known,
)

export type ExtensionDescription = Static<typeof ExtensionDescription>

export interface DescriptionProblem {
  message: string
  pointer?: string
  line?: number
}

/** Reads `annex.describe.json`; also for a description that was just made, before it is packed. */
export function readDescription(
  bytes: Uint8Array,
): { ok: true; description: ExtensionDescription } | { ok: false; problems: DescriptionProblem[] } {
  const json = parseStrictJson(bytes, { bytes: LIMITS.describe, depth: LIMITS.jsonDepth })
  if (!json.ok) return json
  const problems = [...firstErrors(json.value)]
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, description: json.value as ExtensionDescription }
}

function* firstErrors(value: unknown): Iterable<DescriptionProblem> {
  let left = 10
  for (const { path, message } of Value.Errors(ExtensionDescription, value)) {
    if (left-- === 0) return
    yield { message, pointer: path.slice(0, 300) }
  }
}
