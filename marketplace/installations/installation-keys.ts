import type { Audit } from '../../runtime/audit/audit.ts'
import type { Declarations } from '../../runtime/installation-declarations.ts'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { standardKey } from '../../runtime/webhooks/verify-signature.ts'
import { type Outcome, refused } from '../errors.ts'
import { unknownInstallation } from './change-installation.ts'
import { type InstallationDocument, installations } from './installation-collections.ts'

/** A secret that the manifest names; what it is stays unknown for ever. */
export interface SecretSlot {
  ref: string
  /** What the host does with it. */
  use: string
  /** ISO 8601; absent until somebody sets it. */
  setAt?: string
}

export interface KeysView {
  secrets: SecretSlot[]
  /** Where the other system sends its webhooks. */
  webhook?: { path: string; scheme: string }
}

/** The secrets of an installation, set by the admins of its organization: keys to sign with and to verify webhooks by. */
export interface InstallationKeys {
  view(admin: UserPrincipal, id: string): Promise<Outcome<KeysView>>
  /** Sets secrets by name; null deletes one. Only names of the manifest. */
  set(admin: UserPrincipal, id: string, changes: Readonly<Record<string, string | null>>): Promise<Outcome<KeysView>>
}

interface KeysDeps {
  store: Store
  audit: Audit
  runtime: Pick<Runtime, 'declarations' | 'secrets' | 'webhooksIn'>
}

export function createInstallationKeys(deps: KeysDeps): InstallationKeys {
  return {
    async view({ organizationId }, id) {
      const installation = await find(deps, organizationId, id)
      return installation ? view(deps, organizationId, installation) : unknownInstallation()
    },
    async set(admin, id, changes) {
      const { organizationId } = admin
      const installation = await find(deps, organizationId, id)
      if (!installation) return unknownInstallation()
      const declared = await deps.runtime.declarations.of({ ...installation, organizationId })
      const slots = slotsOf(declared)
      const unknown = Object.keys(changes).find((ref) => !slots.some((slot) => slot.ref === ref))
      if (unknown !== undefined) return refused('INVALID_ARGUMENT', `the extension names no secret ${unknown}`)
      if (isTooShort(declared, changes))
        return refused('INVALID_ARGUMENT', 'a secret of Standard Webhooks is base64 of at least 16 bytes')
      await deps.store.tx(async (tx) => {
        for (const [ref, value] of Object.entries(changes))
          await deps.runtime.secrets.set(tx, { organizationId, installationId: id, ref }, value)
        const entry = { organizationId, actor: principalName(admin), action: 'installation.secrets', target: id }
        const details = { set: named(changes, true), deleted: named(changes, false) }
        await deps.audit.within(tx, { ...entry, outcome: 'allowed', details })
      })
      return view(deps, organizationId, installation)
    },
  }
}

async function find(
  { store }: KeysDeps,
  organizationId: string,
  id: string,
): Promise<InstallationDocument | undefined> {
  const installation = await store.forOrganization(organizationId)(installations).get(id)
  return installation && ['active', 'disabled'].includes(installation.state) ? installation : undefined
}

async function view(
  { runtime }: KeysDeps,
  organizationId: string,
  installation: InstallationDocument,
): Promise<Outcome<KeysView>> {
  const { _id } = installation
  const declared = await runtime.declarations.of({ ...installation, organizationId })
  const set = new Map((await runtime.secrets.list(organizationId, _id)).map(({ ref, setAt }) => [ref, setAt]))
  const secrets = slotsOf(declared).map((slot) => {
    const setAt = set.get(slot.ref)
    return setAt === undefined ? slot : { ...slot, setAt }
  })
  if (!declared.webhook) return { ok: true, value: { secrets } }
  const path = `/api/webhooks/in/${await runtime.webhooksIn.sourceOf(organizationId, _id)}`
  return { ok: true, value: { secrets, webhook: { path, scheme: declared.webhook.scheme } } }
}

function slotsOf({ secrets, webhook }: Declarations): SecretSlot[] {
  const slots = secrets.map(({ ref, use }) => ({ ref, use }))
  const isSlot = slots.some(({ ref }) => ref === webhook?.secretRef)
  return webhook && !isSlot ? [...slots, { ref: webhook.secretRef, use: 'webhook' }] : slots
}

/** With a key that decodes to nothing, anybody could sign. */
function isTooShort({ webhook }: Declarations, changes: Readonly<Record<string, string | null>>): boolean {
  const secret = webhook?.scheme === 'standard-webhooks' ? changes[webhook.secretRef] : undefined
  return typeof secret === 'string' && standardKey(secret) === undefined
}

function named(changes: Readonly<Record<string, string | null>>, isSet: boolean): string[] {
  return Object.keys(changes)
    .filter((ref) => (changes[ref] !== null) === isSet)
    .sort()
}
