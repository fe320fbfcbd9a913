import { canonicalJson } from '@annex/sdk/canonical-json'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const Hex = Type.String({ pattern: '^[0-9a-f]{64}$' })
const strict = { additionalProperties: false }

const facts = {
  name: Type.String(),
  version: Type.String(),
  /** SHA-256 of the package. */
  digest: Hex,
  /** Bytes. */
  size: Type.Integer(),
  /** SHA-256 of what a consent covers. */
  manifestDigest: Hex,
}
const signed = {
  /** Nothing else that is ever signed with these keys begins with the same words. */
  context: Type.Literal('annex package signature 1'),
  ...facts,
  signedAt: Type.String(),
  kid: Type.String(),
}

/** What the marketplace says with a signature. */
const Statement = Type.Union([
  Type.Object({ ...signed, purpose: Type.Literal('release') }, strict),
  Type.Object({ ...signed, purpose: Type.Literal('draft'), organization: Type.String() }, strict),
])
export type Statement = Static<typeof Statement>

/** Of a package, without what the signer adds. */
const Facts = Type.Object(facts)
export type PackageFacts = Static<typeof Facts>

/** What a signature is for. */
export type Purpose = { purpose: 'release' } | { purpose: 'draft'; organization: string }

/** The text whose UTF-8 bytes are signed: one text for one statement (RFC 8785). */
export function statementText(
  { name, version, digest, size, manifestDigest }: PackageFacts,
  purpose: Purpose,
  signer: { signedAt: string; kid: string },
): string {
  const statement = { context: 'annex package signature 1', name, version, digest, size, manifestDigest } as const
  return canonicalJson({ ...statement, ...purpose, ...signer } satisfies Statement)
}

/** `undefined` for what is no statement. */
export function readStatement(text: string): Statement | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return Value.Check(Statement, parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}
