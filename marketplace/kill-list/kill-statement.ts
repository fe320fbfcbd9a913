import { canonicalJson } from '@annex/sdk/canonical-json'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

/** What the marketplace says of its kill list with a signature. */
const Statement = Type.Object(
  {
    /** Nothing else that is ever signed with these keys begins with the same words. */
    context: Type.Literal('annex kill list 1'),
    seq: Type.Integer({ minimum: 0 }),
    digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    signedAt: Type.String(),
    kid: Type.String(),
  },
  { additionalProperties: false },
)
export type KillStatement = Static<typeof Statement>

/** The text whose UTF-8 bytes are signed: RFC 8785. */
export function killStatement(facts: Omit<KillStatement, 'context'>): string {
  const { seq, digest, signedAt, kid } = facts
  return canonicalJson({ context: 'annex kill list 1', seq, digest, signedAt, kid } satisfies KillStatement)
}

/** `undefined` for what is no statement. */
export function readKillStatement(text: string): KillStatement | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return Value.Check(Statement, parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}
