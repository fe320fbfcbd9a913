import { limitProperties } from '@annex/sdk/scope-limits'
import { Type } from '@sinclair/typebox'
import { Category, Channels, Digest, ExtensionName, IntegrationType, Kind, oneOf } from './marketplace-schemas.ts'
import { Instant } from './schemas.ts'

const Text = Type.String()
const Texts = Type.Array(Text)

export const Terms = Type.Object(
  {
    price: Type.Optional(Type.Integer({ description: 'In the smallest unit of the currency' })),
    currency: Type.Optional(Type.String({ description: 'ISO 4217' })),
    trialPeriod: Type.Optional(Type.Integer({ description: 'Days' })),
    freeTier: Type.Optional(Type.Record(Type.String(), Type.Number(), { description: 'What is free of it' })),
  },
  { description: 'What it costs, as far as there is anything to say' },
)
const card = {
  extension: ExtensionName,
  publisher: Text,
  publisherDomain: Type.Optional(Type.String({ description: 'That the publisher has proven; in punycode' })),
  name: Text,
  displayName: Text,
  description: Text,
  category: Category,
  kind: Kind,
  integrationType: Type.Optional(IntegrationType),
  version: Text,
  publishedAt: Instant,
  pricing: Text,
  terms: Type.Optional(Terms),
  rating: Type.Optional(
    Type.Object(
      { average: Type.Number({ description: '1 to 5 stars' }), count: Type.Integer() },
      { description: 'By organizations that have it' },
    ),
  ),
  deprecation: Type.Optional(Type.Object({ message: Text, replacement: Type.Optional(ExtensionName) })),
  incompatible: Type.Optional(Type.String({ description: 'Why it cannot be installed here' })),
  visibility: Type.Optional(oneOf(['unlisted', 'organization'])),
}
const Counts = Type.Record(Type.String(), Type.Integer())
export const CatalogPage = Type.Object({
  data: Type.Array(Type.Object(card)),
  nextCursor: Type.Optional(Text),
  facets: Type.Object(
    { category: Counts, kind: Counts, integrationType: Counts, verified: Counts, pricing: Counts },
    { description: 'How many hits have each value; of a text that meets many, of the best 2,000' },
  ),
})
const Signature = Type.Object(
  {
    kid: Type.String({ description: 'Of a key at `/api/marketplace/keys`' }),
    alg: Type.Literal('EdDSA'),
    value: Type.String({ description: 'Ed25519 over the UTF-8 bytes of `statement`, in base64url' }),
    statement: Type.String({ description: 'JSON: name, version, digest and size of the package that was signed' }),
  },
  { description: "The marketplace's own" },
)
export const CatalogVersion = Type.Object({
  version: Text,
  digest: Digest,
  size: Type.Integer(),
  manifestDigest: Digest,
  platform: Text,
  deprecated: Type.Boolean(),
  publishedAt: Instant,
  signature: Type.Optional(Signature),
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
const Dependencies = Type.Array(Type.Object({ name: ExtensionName, range: Text }), {
  description: 'Extensions that must be installed before it',
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
  signature: Type.Optional(Signature),
  permissions: Permissions,
  config: Type.Optional(Type.Unknown({ description: 'JSON Schema of the configuration' })),
  readme: Text,
  channels: Channels,
  dependencies: Dependencies,
  versions: Type.Array(CatalogVersion),
  weeklyInstalls: Type.Integer({ description: 'Organizations that had it installed within 7 days' }),
  monthlyDownloads: Type.Integer({ description: 'Packages that were fetched or installed within 30 days' }),
  health: Type.Optional(
    oneOf(['good', 'fair', 'poor'], 'How its runs of 7 days went; only of five organizations or more'),
  ),
  links: Type.Object({
    self: Text,
    versions: Text,
    install: Text,
    readme: Type.String({ description: 'Safe HTML' }),
    changelog: Type.Optional(Text),
    icon: Type.Optional(Text),
    screenshots: Texts,
  }),
})
export const CatalogRelease = Type.Object({
  ...card,
  ...CatalogVersion.properties,
  yanked: Type.Boolean({ description: 'No new installation gets it unless it asks for this very version' }),
  channels: Type.Array(Text, { description: 'Those that name it' }),
  keywords: Texts,
  license: Type.Optional(Text),
  homepage: Type.Optional(Text),
  repository: Type.Optional(Text),
  dependencies: Dependencies,
  permissions: Permissions,
  links: Type.Object({ self: Text, package: Text, install: Text }),
})
