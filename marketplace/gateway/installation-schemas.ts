import { Type } from '@sinclair/typebox'
import { DISABLED_REASONS } from '../installations/installation-collections.ts'
import { AUTO_LEVELS } from '../installations/upgrade-policy.ts'
import { Channel, Digest, ExtensionName, Kind, oneOf } from './marketplace-schemas.ts'
import { Id, Instant, ShownScopes, Strict } from './schemas.ts'

const Text = Type.String()
const Texts = Type.Array(Text)
const operation = oneOf(['upgrade', 'rollback'])

export const UpgradePolicy = Strict({
  auto: oneOf(AUTO_LEVELS),
  minAgeHours: Type.Integer({ minimum: 0, maximum: 8_760, description: 'How long a version must have been published' }),
  channel: Channel,
  excludes: Type.Array(Type.String({ minLength: 1, maxLength: 150 }), {
    maxItems: 50,
    description: 'Ranges of versions, and extensions (`@publisher/name`), that never come by themselves',
  }),
})

export const Installation = Type.Object({
  id: Id,
  extension: ExtensionName,
  displayName: Text,
  kind: Kind,
  version: Text,
  digest: Digest,
  state: oneOf(['installing', 'active', 'disabled', 'uninstalling', 'failed', 'uninstalled']),
  lock: Type.Array(Type.Object({ name: ExtensionName, range: Text, version: Text, digest: Digest }), {
    description: 'What it needs of what else is installed, as it was then',
  }),
  grant: Type.Object({
    consentId: Type.String({ description: 'The agreement that it rests on' }),
    manifestDigest: Digest,
    scopes: ShownScopes,
    hosts: Texts,
    by: Text,
    at: Instant,
  }),
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
  disabled: Type.Array(
    Type.Object({ reason: oneOf(DISABLED_REASONS), by: Text, at: Instant, message: Type.Optional(Text) }),
    { description: 'Why it does not run; it does when no reason is left' },
  ),
  warning: Type.Optional(
    Type.Object(
      {
        state: oneOf(['deprecated', 'yanked', 'removed', 'killed']),
        message: Type.Optional(Text),
        replacement: Type.Optional(Text),
      },
      { description: 'Why one should not stay on this version; of one that is `killed` nothing runs' },
    ),
  ),
  newer: Type.Optional(
    Type.Object(
      { version: Text, publishedAt: Instant, asksForMore: Type.Boolean() },
      { description: 'The version that its channel names, if that is a later one' },
    ),
  ),
  upgrade: Type.Optional(
    Type.Object(
      {
        ...{ operation, version: Text, digest: Digest, by: Text, since: Instant, jobId: Type.Optional(Id) },
        step: oneOf(['awaiting_consent', 'verifying', 'health_check', 'on_upgrade', 'swapping']),
      },
      { description: 'A version that is to take its place; it runs on until then' },
    ),
  ),
  lastUpgrade: Type.Optional(
    Type.Object(
      {
        ...{ operation, version: Text, outcome: oneOf(['failed', 'rolled_back']), step: Type.Optional(Text) },
        ...{ code: Text, message: Text, at: Instant },
      },
      { description: 'The last one that did not stay' },
    ),
  ),
  previous: Type.Optional(Type.Object({ version: Text, at: Instant }, { description: 'What a rollback goes back to' })),
  watchedUntil: Type.Optional(
    Type.String({ format: 'date-time', description: 'Until then it goes back by itself when its runs fail' }),
  ),
  policy: Type.Optional(UpgradePolicy),
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

export const InstallRequest = Type.Object({
  id: Id,
  state: oneOf(['open', 'approved', 'declined']),
  extension: ExtensionName,
  version: Type.Optional(Text),
  message: Text,
  by: Type.String({ description: 'The user who asked' }),
  decision: Type.Optional(
    Type.Object({ by: Text, at: Instant, reason: Type.Optional(Text), installationId: Type.Optional(Id) }),
  ),
  createdAt: Instant,
})
