import { Type } from '@sinclair/typebox'
import { AuthorSchema, Identifier, known, oneOf, text } from './schema-parts.ts'

export const CREDENTIAL_TYPES = ['API_KEY', 'OAUTH2', 'BASIC_AUTH', 'JWT', 'CERTIFICATE'] as const
export const INJECTION_KINDS = ['header', 'query', 'basic', 'bearer', 'mtls'] as const

/**
 * Where the host puts a credential. `template` names fields of the credentials in double braces; `header` and `query`
 * need a `name` too; `mtls` takes the fields `certificate` and `privateKey` (PEM), for an encrypted key `passphrase`, and
 * no template.
 */
export const Injection = Type.Object(
  {
    host: text(253),
    in: oneOf(INJECTION_KINDS),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 128, pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" })),
    // No control characters: a line end in a header would start another header.
    template: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, pattern: '^[^\\u0000-\\u001f\\u007f]+$' })),
  },
  known,
)

const OAuth2 = Type.Object(
  {
    authorizationUrl: text(2048),
    tokenUrl: text(2048),
    scopes: Type.Array(text(256), { maxItems: 64 }),
    pkce: Type.Optional(Type.Boolean()),
  },
  known,
)

export const Credentials = Type.Object(
  {
    type: oneOf(CREDENTIAL_TYPES),
    schema: AuthorSchema,
    // At least one: a secret that no host receives is of no use, and would only lie around.
    inject: Type.Array(Injection, { minItems: 1, maxItems: 16 }),
    oauth2: Type.Optional(OAuth2),
  },
  known,
)

export const WEBHOOK_SCHEMES = ['standard-webhooks', 'stripe', 'github', 'shopify', 'hmac'] as const

export const Webhook = Type.Object(
  {
    signature: Type.Object(
      {
        scheme: oneOf(WEBHOOK_SCHEMES),
        header: Type.Optional(Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9-]+$' })),
        secretRef: Identifier,
      },
      known,
    ),
  },
  known,
)

export const SECRET_USES = ['hmac-sha256', 'hmac-sha512'] as const

/** A secret that the host signs with on request; its bytes never reach the extension. */
export const SigningSecret = Type.Object({ ref: Identifier, use: oneOf(SECRET_USES) }, known)
