import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import type { ActorSource } from '../../runtime/permissions/principal.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { Outcome } from '../errors.ts'
import { createAccessTokens } from './access-tokens.ts'
import { type ApiKeys, createApiKeys } from './api-keys.ts'
import { type Credentials, createAuthenticate } from './authenticate.ts'
import { createCurrentActor } from './current-actor.ts'
import type { Identity } from './identity.ts'
import { createInvitations, type Invitations } from './invitations.ts'
import { createLoginLimiter } from './login-limiter.ts'
import { createMembers, type Members } from './members.ts'
import { createOrganizations, type Organizations } from './organizations.ts'
import { createPasswords } from './passwords.ts'
import { createSessions } from './sessions.ts'
import { createSignIn, type SignIn } from './sign-in.ts'
import { createSignUp, type SignUp } from './sign-up.ts'
import { createUsers, type Users } from './users.ts'

/** People, their sessions, organizations and keys. */
export interface Accounts extends SignIn, SignUp {
  authenticate(credentials: Credentials): Promise<Outcome<Identity>>
  /** Who started something, with the rights of this moment; nothing when they may act for the organization no more. */
  currentActor: ActorSource['current']
  readonly users: Users
  readonly organizations: Organizations
  readonly members: Members
  readonly invitations: Invitations
  readonly apiKeys: ApiKeys
  /** Deletes sessions, tokens and counters that have expired. */
  sweep(): Promise<void>
}

export interface AccountsDependencies {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  /** At least 32 bytes. */
  jwtSecret: Uint8Array
  /** At least 32 bytes; hashes of keys and tokens are worthless without it. */
  pepper: Uint8Array
  apiKeyPrefix: string
  /** Seconds that an access token is good for; 24 hours if absent. */
  accessTokenLifetime?: number
  /** Whether a user may publish under a slug, now. */
  mayPublishAs(userId: string, slug: string): Promise<boolean>
}

export function createAccounts(deps: AccountsDependencies): Accounts {
  const { store, clock, apiKeyPrefix: prefix, accessTokenLifetime: lifetime } = deps
  const tokens = createAccessTokens({ secret: deps.jwtSecret, clock, ...(lifetime === undefined ? {} : { lifetime }) })
  const sessions = createSessions({ ...deps, tokens })
  const organizations = createOrganizations(deps)
  const invitations = createInvitations(deps)
  const passwords = createPasswords()
  const limiter = createLoginLimiter(deps)
  const apiKeys = createApiKeys({ ...deps, prefix })
  return {
    ...createSignUp({ ...deps, passwords, sessions, organizations, invitations }),
    ...createSignIn({ ...deps, passwords, sessions, limiter }),
    authenticate: createAuthenticate({ store, sessions, apiKeys, organizations, prefix }),
    currentActor: createCurrentActor({ store, apiKeys }),
    users: createUsers(deps),
    organizations,
    members: createMembers(deps),
    invitations,
    apiKeys,
    async sweep() {
      await sessions.sweep()
      await limiter.sweep()
    },
  }
}
