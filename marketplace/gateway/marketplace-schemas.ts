import { CATEGORIES, EXTENSION_KINDS, INTEGRATION_TYPES } from '@annex/sdk/manifest'
import { limitProperties, ScopeCondition, ScopeEntry, ScopeHours } from '@annex/sdk/scope-limits'
import { type TLiteral, type TUnion, Type } from '@sinclair/typebox'
import { Id, Instant, ShownScopes, Strict } from './schemas.ts'

function oneOf<const W extends string>(words: readonly W[]): TUnion<TLiteral<W>[]> {
  return Type.Union(words.map((word) => Type.Literal(word))) as TUnion<TLiteral<W>[]>
}

export const Slug = Type.String({ minLength: 1, maxLength: 64 })
/** The two parts of `@publisher/name` as a path carries them. */
export const ExtensionParams = Strict({ publisher: Slug, name: Slug })
export const ExtensionName = Type.String({ description: '`@publisher/name`' })
export const Digest = Type.String({ description: 'SHA-256 in hexadecimal' })
const Text = Type.String()
const Texts = Type.Array(Text)

export const PublisherRole = oneOf(['owner', 'maintainer'])
export const Publisher = Type.Object({
  slug: Text,
  displayName: Text,
  state: oneOf(['active', 'suspended']),
  createdAt: Instant,
})
export const OwnPublisher = Type.Object({ ...Publisher.properties, role: PublisherRole })
export const PublisherMember = Type.Object({ userId: Id, role: PublisherRole, addedAt: Instant })

export const Finding = Type.Object({
  rule: Type.String({ description: 'Stable: `PKG-05`' }),
  severity: oneOf(['error', 'review', 'warning', 'note']),
  message: Text,
  file: Type.Optional(Text),
  line: Type.Optional(Type.Integer()),
  pointer: Type.Optional(Type.String({ description: 'JSON pointer into `file`' })),
  fix: Text,
  docs: Text,
})
const Report = Type.Object({
  ruleSet: Text,
  executions: Type.Array(Type.Object({ rule: Text, outcome: oneOf(['pass', 'fail', 'skip', 'error']) })),
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
  digest: Digest,
  size: Type.Integer({ description: 'Bytes' }),
  findings: Type.Array(Finding),
  reasons: Type.Optional(Texts),
  reviewId: Type.Optional(Id),
  createdAt: Instant,
  updatedAt: Instant,
  links: Type.Object({ self: Text, review: Type.Optional(Text), catalog: Type.Optional(Text) }),
}
export const Submission = Type.Object(submission)
export const SubmissionDetail = Type.Object({ ...submission, report: Type.Optional(Report) })

export const Verdict = oneOf(['approve', 'changes_requested', 'reject'])
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
  rev: Type.Integer(),
}
export const Review = Type.Object(review)
export const ReviewDetail = Type.Object({
  ...review,
  manifest: Type.Unknown({ description: 'package.json' }),
  capabilities: Type.Unknown({ description: 'What it asks for, in one form' }),
  readme: Text,
  changelog: Type.Optional(Text),
  files: Type.Array(Type.Object({ path: Text, size: Type.Integer() })),
  findings: Type.Array(Finding),
  report: Report,
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
const card = {
  extension: ExtensionName,
  publisher: Text,
  name: Text,
  displayName: Text,
  description: Text,
  category: Category,
  kind: Kind,
  integrationType: Type.Optional(IntegrationType),
  version: Text,
  publishedAt: Instant,
  pricing: Text,
}
const Counts = Type.Record(Type.String(), Type.Integer())
export const CatalogPage = Type.Object({
  data: Type.Array(Type.Object(card)),
  nextCursor: Type.Optional(Text),
  facets: Type.Object({ category: Counts, kind: Counts, integrationType: Counts }),
})
export const CatalogVersion = Type.Object({
  version: Text,
  digest: Digest,
  size: Type.Integer(),
  manifestDigest: Digest,
  platform: Text,
  deprecated: Type.Boolean(),
  publishedAt: Instant,
})

const ScopeLine = Type.Object({ scope: Text, words: Text, reason: Text, ...limitProperties })
const HostLine = Type.Object({
  host: Type.String({ description: 'As a grant names it' }),
  words: Text,
  reason: Text,
  config: Type.Optional(Type.Object({ key: Text, match: Text })),
})
const Permissions = Type.Object({
  required: Type.Array(ScopeLine),
  optional: Type.Array(ScopeLine),
  hosts: Type.Array(HostLine),
  events: Type.Array(Type.Object({ type: Text, words: Text }), { description: 'Events that it receives' }),
  credentials: Type.Optional(Type.Object({ type: Text, fields: Texts })),
})
export const CatalogDetail = Type.Object({
  ...card,
  keywords: Texts,
  license: Type.Optional(Text),
  homepage: Type.Optional(Text),
  repository: Type.Optional(Text),
  digest: Digest,
  size: Type.Integer(),
  manifestDigest: Digest,
  permissions: Permissions,
  config: Type.Optional(Type.Unknown({ description: 'JSON Schema of the configuration' })),
  readme: Text,
  versions: Type.Array(CatalogVersion),
  links: Type.Object({ self: Text, versions: Text, install: Text }),
})

export const Grant = Strict({
  manifestDigest: Type.String({ minLength: 1, maxLength: 128, description: 'As the consent shows it' }),
  scopes: Type.Array(ScopeEntry, { maxItems: 64, description: 'As asked for, or narrowed further by limits' }),
  hosts: Type.Array(Type.String({ minLength: 1, maxLength: 300 }), { maxItems: 64 }),
})
export const Config = Type.Record(Type.String({ maxLength: 200 }), Type.Unknown(), { maxProperties: 200 })
export const Installation = Type.Object({
  id: Id,
  extension: ExtensionName,
  displayName: Text,
  kind: Kind,
  version: Text,
  digest: Digest,
  state: oneOf(['installing', 'active', 'disabled', 'uninstalling', 'failed', 'uninstalled']),
  grant: Type.Object({ manifestDigest: Digest, scopes: ShownScopes, hosts: Texts, by: Text, at: Instant }),
  egress: Type.Array(Type.Object({ host: Text, scheme: oneOf(['https', 'http']), port: Type.Integer() })),
  events: Type.Array(Text, { description: 'Types of events that it receives' }),
  config: Type.Unknown(),
  epoch: Type.Integer({ description: 'Raised on each change' }),
  draft: Type.Optional(
    Type.Object(
      { id: Id, expiresAt: Instant },
      { description: 'It is of unpublished bytes, and goes when they expire' },
    ),
  ),
  disabled: Type.Optional(Type.Object({ reason: Text, by: Text, at: Instant })),
  failure: Type.Optional(Type.Object({ step: Text, code: Text, message: Text, at: Instant })),
  circuit: Type.Optional(
    Type.Object(
      { class: Text, deaths: Type.Integer(), since: Instant, until: Instant },
      { description: 'It ended its sandbox process over and over, and rests until then; shown of one installation' },
    ),
  ),
  jobId: Id,
  createdAt: Instant,
  updatedAt: Instant,
})
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
