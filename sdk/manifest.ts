/** The manifest of an extension: its whole `package.json`, with the platform's part under the key `annex`. */
import { type Static, Type } from '@sinclair/typebox'
import { Credentials, SigningSecret, Webhook } from './manifest/credentials.ts'
import { AuthorSchema, Identifier, keyed, known, oneOf, PackagePath, Reason, text } from './manifest/schema-parts.ts'
import { limitProperties } from './scope-limits.ts'

export const EXTENSION_KINDS = ['connector', 'transformation'] as const
export const CATEGORIES = [
  'PRODUCTIVITY',
  'ANALYTICS',
  'COMMUNICATION',
  'FINANCE',
  'MARKETING',
  'SALES',
  'HR',
  'OPERATIONS',
] as const
export const INTEGRATION_TYPES = [
  'ERP',
  'CRM',
  'ACCOUNTING',
  'BANKING',
  'ECOMMERCE',
  'MARKETING',
  'HR',
  'CUSTOM',
] as const
export type IntegrationType = (typeof INTEGRATION_TYPES)[number]
export const PRICING_MODELS = ['FREE', 'ONE_TIME', 'SUBSCRIPTION', 'USAGE_BASED', 'FREEMIUM'] as const

/** `scope` may be a shorthand (`chantiers:*`, `read`): capabilities hold the long forms. */
export const ScopeRequest = Type.Object({ scope: text(64), reason: Reason, ...limitProperties }, known)

/**
 * A host that the extension wants to reach: a name, `*.` and a name, or `{{config.key}}` for one that is fixed when it
 * is configured; then `match` bounds what may be configured (`*.odoo.com`, or `any`). https and 443 unless said.
 */
export const EgressRequest = Type.Object(
  {
    host: text(253),
    reason: Reason,
    match: Type.Optional(text(253)),
    scheme: Type.Optional(oneOf(['https', 'http'])),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
  },
  known,
)

const Schedule = Type.Object({ name: Identifier, cron: text(100, 9), timezone: Type.Optional(text(64)) }, known)

const Locale = Type.Object(
  {
    displayName: Type.Optional(text(80)),
    description: Type.Optional(text(1000)),
    /** Keyed by the scope or host that the reason is for. */
    reasons: Type.Optional(keyed('^.{1,253}$', Reason)),
  },
  known,
)

const Pricing = Type.Object(
  {
    model: oneOf(PRICING_MODELS),
    /** In the smallest unit of the currency. */
    price: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000_000 })),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
    /** Days. */
    trialPeriod: Type.Optional(Type.Integer({ minimum: 0, maximum: 365 })),
    freeTier: Type.Optional(keyed('^.{1,64}$', Type.Number())),
  },
  known,
)

/**
 * The author says why a finding of a rule is as it should be, for one file or, without it, for all. Rules that are certain
 * cannot be waived; whoever reviews the package reads the reason.
 */
const Waiver = Type.Object(
  { rule: Type.String({ pattern: '^[A-Z]{2,8}-[0-9]{2}$' }), file: Type.Optional(PackagePath), reason: text(500, 10) },
  known,
)

export const AnnexManifest = Type.Object(
  {
    kind: oneOf(EXTENSION_KINDS),
    displayName: text(80, 2),
    locales: Type.Optional(keyed('^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$', Locale)),
    category: oneOf(CATEGORIES),
    integrationType: Type.Optional(oneOf(INTEGRATION_TYPES)),
    source: Type.Optional(PackagePath),
    entry: PackagePath,
    icon: Type.Optional(PackagePath),
    screenshots: Type.Optional(Type.Array(PackagePath, { maxItems: 8 })),
    platform: text(100),
    permissions: Type.Optional(
      Type.Object(
        {
          required: Type.Optional(Type.Array(ScopeRequest, { maxItems: 64 })),
          optional: Type.Optional(Type.Array(ScopeRequest, { maxItems: 64 })),
        },
        known,
      ),
    ),
    egress: Type.Optional(Type.Array(EgressRequest, { maxItems: 32 })),
    config: Type.Optional(AuthorSchema),
    credentials: Type.Optional(Credentials),
    webhook: Type.Optional(Webhook),
    secrets: Type.Optional(Type.Array(SigningSecret, { maxItems: 16 })),
    events: Type.Optional(
      Type.Object(
        {
          subscribes: Type.Optional(Type.Array(text(128), { maxItems: 64 })),
          emits: Type.Optional(Type.Array(text(128), { maxItems: 64 })),
        },
        known,
      ),
    ),
    schedules: Type.Optional(Type.Array(Schedule, { maxItems: 16 })),
    dependencies: Type.Optional(keyed('^.{1,100}$', text(100))),
    pricing: Type.Optional(Pricing),
    waivers: Type.Optional(Type.Array(Waiver, { maxItems: 32 })),
  },
  known,
)

/** `package.json` may hold whatever else npm and other tools put there. */
export const Manifest = Type.Object({
  name: text(100),
  version: text(64),
  description: Type.Optional(text(1000)),
  license: Type.Optional(text(200)),
  keywords: Type.Optional(Type.Array(text(50), { maxItems: 50 })),
  repository: Type.Optional(
    Type.Union([
      text(2048),
      Type.Object({ url: text(2048), type: Type.Optional(text(32)), directory: Type.Optional(text(240)) }),
    ]),
  ),
  homepage: Type.Optional(text(2048)),
  annex: AnnexManifest,
})

export type Manifest = Static<typeof Manifest>
export type AnnexManifest = Static<typeof AnnexManifest>
