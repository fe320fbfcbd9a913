import { CATEGORIES, EXTENSION_KINDS, INTEGRATION_TYPES, PRICING_MODELS } from '@annex/sdk/manifest'
import { limitProperties, ScopeCondition, ScopeEntry, ScopeHours } from '@annex/sdk/scope-limits'
import { type TLiteral, type TUnion, Type } from '@sinclair/typebox'
import { Id, Instant, Strict } from './schemas.ts'

export function oneOf<const W extends string>(words: readonly W[], description?: string): TUnion<TLiteral<W>[]> {
  const literals = words.map((word) => Type.Literal(word))
  return Type.Union(literals, description === undefined ? {} : { description }) as TUnion<TLiteral<W>[]>
}

export const Slug = Type.String({ minLength: 1, maxLength: 64 })
/** The two parts of `@publisher/name` as a path carries them. */
export const ExtensionParams = Strict({ publisher: Slug, name: Slug })
export const ExtensionName = Type.String({ description: '`@publisher/name`' })
export const Digest = Type.String({ description: 'SHA-256 in hexadecimal' })
export const VersionText = Type.String({ minLength: 1, maxLength: 64, description: '`1.2.3`' })
export const Channel = Type.String({
  pattern: '^[a-z][a-z0-9-]{0,31}$',
  description: '`latest`, `beta`, …: what names a version and moves with the publications',
})
export const Channels = Type.Record(Type.String(), Type.String(), { description: 'The version that each names' })
const Text = Type.String()
const Texts = Type.Array(Text)

export const Finding = Type.Object({
  rule: Type.String({ description: 'Stable: `PKG-05`' }),
  severity: oneOf(['error', 'review', 'warning', 'note']),
  message: Text,
  file: Type.Optional(Text),
  line: Type.Optional(Type.Integer()),
  column: Type.Optional(Type.Integer()),
  source: Type.Optional(
    Type.Object(
      { file: Text, line: Type.Integer(), column: Type.Integer() },
      { description: 'Where the author wrote it, by the source map of the package' },
    ),
  ),
  waived: Type.Optional(Type.String({ description: "The author's reason why this is as it should be" })),
  pointer: Type.Optional(Type.String({ description: 'JSON pointer into `file`' })),
  fix: Text,
  docs: Text,
})
const Execution = Type.Object({
  rule: Text,
  outcome: oneOf(['pass', 'fail', 'skip', 'error']),
  reason: Type.Optional(Type.String({ description: 'Why it was skipped' })),
})
const UseOf = Type.Object({
  name: Text,
  asked: oneOf(['required', 'optional', 'no']),
  seen: oneOf(['run', 'code', 'platform', 'never']),
})
const Report = Type.Object({
  ruleSet: Text,
  executions: Type.Array(Execution),
  use: Type.Optional(
    Type.Object(
      { scopes: Type.Array(UseOf), hosts: Type.Array(UseOf) },
      { description: 'What it uses against what it asks for' },
    ),
  ),
})

const submission = {
  id: Id,
  status: oneOf(['DRAFT', 'SUBMITTED', 'APPROVED', 'PUBLISHED', 'DEPRECATED', 'REMOVED']),
  reviewStatus: Text,
  open: Type.Boolean({ description: 'Whether something still happens to it without a new upload' }),
  nextStep: Text,
  publisher: Type.Optional(Text),
  extension: Type.Optional(ExtensionName),
  version: Type.Optional(Text),
  channel: Type.Optional(Type.String({ description: 'The channel that the upload named' })),
  digest: Digest,
  size: Type.Integer({ description: 'Bytes' }),
  findings: Type.Array(Finding),
  reasons: Type.Optional(Texts),
  reviewId: Type.Optional(Id),
  createdAt: Instant,
  updatedAt: Instant,
  links: Type.Object({
    self: Text,
    report: Type.Optional(Text),
    retry: Type.Optional(Text),
    review: Type.Optional(Text),
    catalog: Type.Optional(Text),
  }),
}
export const Submission = Type.Object(submission)
export const SubmissionDetail = Type.Object({
  ...submission,
  report: Type.Optional(Report),
  outside: Type.Optional(
    Type.Array(Execution, { description: 'How the rules went that need what only the marketplace knows' }),
  ),
  recheck: Type.Optional(
    Type.Object(
      { at: Instant, ok: Type.Boolean(), findings: Type.Array(Finding), problem: Type.Optional(Text) },
      { description: 'What rules and data that came after the check say of the version; it tells and changes nothing' },
    ),
  ),
})

export const Verdict = oneOf(['approve', 'changes_requested', 'reject'])
export const RiskBand = oneOf(['low', 'elevated', 'high'])
const GivenWaiver = Type.Object({
  rule: Text,
  file: Type.Optional(Text),
  message: Text,
  sha256: Text,
  reason: Text,
  by: Text,
  at: Instant,
})
const review = {
  id: Id,
  state: oneOf(['queued', 'claimed', 'done', 'called_off']),
  submissionId: Id,
  publisher: Text,
  extension: ExtensionName,
  version: Text,
  digest: Digest,
  claim: Type.Optional(Type.Object({ by: Id, until: Instant })),
  verdict: Type.Optional(Verdict),
  reasons: Type.Optional(Texts),
  decidedBy: Type.Optional(Text),
  decidedAt: Type.Optional(Instant),
  queuedAt: Instant,
  risk: Type.Object({
    score: Type.Integer(),
    band: RiskBand,
    reasons: Type.Array(Type.Object({ reason: Text, weight: Type.Integer() })),
  }),
  flags: Type.Record(Type.String(), Type.String(), { description: 'What waits for somebody, and since when' }),
  waivers: Type.Optional(Type.Array(GivenWaiver)),
  automatic: Type.Optional(
    Type.Object({ at: Instant, refusals: Texts }, { description: 'What stood against an approval without a person' }),
  ),
  rev: Type.Integer(),
}
export const Review = Type.Object(review)
export const QueuedReview = Type.Object({
  ...review,
  expectedBy: Type.Optional(Type.String({ format: 'date-time', description: 'When a decision is likely' })),
})
export const ReviewDetail = Type.Object({
  ...review,
  manifest: Type.Unknown({ description: 'package.json' }),
  capabilities: Type.Unknown({ description: 'What it asks for, in one form' }),
  readme: Text,
  changelog: Type.Optional(Text),
  files: Type.Array(Type.Object({ path: Text, size: Type.Integer() })),
  findings: Type.Array(Finding),
  carried: Type.Array(GivenWaiver, { description: 'Waivers of the last approved version that hold for this one too' }),
  open: Type.Array(Type.Object({ rule: Text, message: Text, file: Type.Optional(Text) }), {
    description: 'Findings that an approval needs a waiver for',
  }),
  report: Type.Object({
    ...Report.properties,
    measured: Type.Optional(Type.Array(Type.Unknown(), { description: 'What each fixture took' })),
  }),
  lastApproved: Type.Optional(Type.String({ description: 'What `difference` and `behaviour` compare with' })),
  latest: Type.Optional(Type.String({ description: 'The version that is published now' })),
})
export const ReviewMessage = Type.Object({
  id: Id,
  author: Id,
  side: oneOf(['reviewer', 'publisher']),
  text: Text,
  at: Instant,
})

export const Category = oneOf(CATEGORIES)
export const Kind = oneOf(EXTENSION_KINDS)
export const IntegrationType = oneOf(INTEGRATION_TYPES)
export const Pricing = oneOf(PRICING_MODELS)
/** A JWK set of signature keys: RFC 7517, RFC 8037. */
export const PublicKeys = Type.Object({
  keys: Type.Array(
    Type.Object({
      kty: Type.Literal('OKP'),
      crv: Type.Literal('Ed25519'),
      alg: Type.Literal('EdDSA'),
      use: Type.Literal('sig'),
      kid: Id,
      x: Type.String({ description: 'The public key, in base64url' }),
    }),
  ),
})

export const SigningKey = Type.Object({
  kid: Id,
  state: oneOf(['active', 'retired', 'revoked']),
  x: Type.String({ description: 'The public key, in base64url' }),
  signatures: Type.Integer({ description: 'How often it signed' }),
  createdAt: Instant,
  retiredAt: Type.Optional(Instant),
  revoked: Type.Optional(Type.Object({ at: Instant, by: Text, reason: Text })),
  renewal: Type.Optional(
    Type.Object(
      { renewed: Type.Optional(Type.Integer()), left: Type.Optional(Type.Integer()), at: Type.Optional(Instant) },
      { description: 'Packages signed anew since it was revoked, and, once all were looked at, those that were not' },
    ),
  ),
})

export const Grant = Strict({
  manifestDigest: Type.String({ minLength: 1, maxLength: 128, description: 'As the consent shows it' }),
  scopes: Type.Array(ScopeEntry, { maxItems: 64, description: 'As asked for, or narrowed further by limits' }),
  hosts: Type.Array(Type.String({ minLength: 1, maxLength: 300 }), { maxItems: 64 }),
})
export const Config = Type.Record(Type.String({ maxLength: 200 }), Type.Unknown(), { maxProperties: 200 })
export const Invocation = Type.Object({
  id: Id,
  extension: ExtensionName,
  version: Text,
  handler: Text,
  reason: Text,
  integrationId: Type.Optional(Id),
  outcome: oneOf(['succeeded', 'failed']),
  failure: Type.Optional(
    Type.Object({
      class: Type.String({ description: 'How it ended: what the sandbox saw' }),
      code: Text,
      message: Text,
      stack: Type.Optional(Type.String({ description: 'Frames of the extension only' })),
      retryable: Type.Boolean(),
    }),
  ),
  startedAt: Instant,
  endedAt: Instant,
})
export const LogLevel = oneOf(['debug', 'info', 'warn', 'error'])
export const InvocationLogLine = Type.Object({
  invocationId: Id,
  startedAt: Type.String({ format: 'date-time', description: 'Of the run' }),
  endedAt: Type.String({ format: 'date-time', description: 'Of the run' }),
  level: LogLevel,
  message: Text,
  details: Type.Optional(Type.Unknown()),
})
const verdict = {
  allowed: Type.Boolean(),
  rule: Type.String({ description: 'What decided' }),
  reason: Text,
  limits: Type.Optional(
    Type.Object({
      words: Type.String({ description: 'What the call could reach, in plain words' }),
      ...limitProperties,
      conditions: Type.Optional(Type.Array(ScopeCondition)),
      columns: Type.Optional(Texts),
      hours: Type.Optional(Type.Array(ScopeHours, { description: 'Each must be open' })),
    }),
  ),
}
export const Explanation = Type.Object({
  ...verdict,
  at: Type.String({ format: 'date-time', description: 'When the call would be made' }),
  together: Type.Object(verdict, { description: 'As if the sender had started the run' }),
  asked: oneOf(['required', 'optional', 'not-asked']),
  grant: Type.Object({ by: Text, at: Instant, manifestDigest: Digest, epoch: Type.Integer() }),
  record: Type.Optional(
    Type.Object({
      id: Text,
      known: Type.Boolean({ description: 'Whether there is such a record that the sender may see' }),
    }),
  ),
})
