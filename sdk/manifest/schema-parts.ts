import { type TLiteral, type TSchema, type TUnion, Type } from '@sinclair/typebox'

/** One of these words. */
export function oneOf<const W extends string>(words: readonly W[]): TUnion<TLiteral<W>[]> {
  return Type.Union(words.map((word) => Type.Literal(word))) as TUnion<TLiteral<W>[]>
}

export function text(maxLength: number, minLength = 1) {
  return Type.String({ minLength, maxLength })
}

/** An object whose keys all fit `pattern`; another key is an error, not an unknown field. */
export function keyed<S extends TSchema>(pattern: string, value: S) {
  return Type.Record(Type.String({ pattern }), value, { additionalProperties: false, maxProperties: 200 })
}

/** A name that code and templates can use: `apiKey`. */
export const Identifier = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z_][A-Za-z0-9_]*$' })

/** A path inside the package, from its root. The rules look at it more closely. */
export const PackagePath = text(240)

/** What a person reads where they decide: why an extension wants something. */
export const Reason = text(300, 3)

/** An author's JSON Schema. It is carried, bounded and shown, never compiled here. */
export const AuthorSchema = keyed('^.{1,200}$', Type.Unknown())

/** Unknown fields of the manifest are told as warnings, so a misspelt one is seen. */
export const known = { additionalProperties: false }
