import type { Clock } from '../clock.ts'
import { collection, type Handles, type Store, type Stored } from '../storage/port.ts'
import type { SealedSecret, SecretBox } from './secret-box.ts'

/** One secret of one installation: a key to sign with, or the one that webhooks are verified by. */
interface SecretDocument extends Stored {
  installationId: string
  ref: string
  sealed: SealedSecret & Record<string, string>
  setAt: string
}

export const installationSecrets = collection<SecretDocument>({
  name: 'installation-secrets',
  scope: 'organization',
  indexes: { installation: { fields: ['installationId', 'ref'], unique: true } },
})

/** Whose secret it is. */
export interface SecretPlace {
  organizationId: string
  installationId: string
  ref: string
}

/** Write-only for people: what is set can be replaced and deleted, used by the host, and never shown. */
export interface InstallationSecrets {
  /** Sets the secret, or deletes it when the value is null. */
  set(handles: Handles, place: SecretPlace, value: string | null): Promise<void>
  /** In clear, for the length of one computation: never keep, log or answer it. */
  get(place: SecretPlace): Promise<string | undefined>
  /** Which are set, and when. */
  list(organizationId: string, installationId: string): Promise<{ ref: string; setAt: string }[]>
}

export function createInstallationSecrets(deps: {
  store: Store
  clock: Clock
  secretBox: SecretBox
}): InstallationSecrets {
  const { store, clock, secretBox } = deps
  const of = (handles: Handles, organizationId: string) => handles.forOrganization(organizationId)(installationSecrets)
  return {
    async set(handles, place, value) {
      const _id = idOf(place)
      const documents = of(handles, place.organizationId)
      if (value === null) {
        await documents.delete(_id)
        return
      }
      const sealed = { ...secretBox.seal(value, _id) }
      const { installationId, ref } = place
      await documents.put({ _id, installationId, ref, sealed, setAt: clock.iso() })
    },
    async get(place) {
      const stored = await of(store, place.organizationId).get(idOf(place))
      return stored && secretBox.open(stored.sealed, stored._id)
    },
    async list(organizationId, installationId) {
      const page = await of(store, organizationId).find({ where: { installationId }, sort: [['ref', 'asc']] })
      return page.data.map(({ ref, setAt }) => ({ ref, setAt }))
    },
  }
}

/** Sealed under its place: copied to another installation or name it does not open. */
function idOf({ installationId, ref }: SecretPlace): string {
  return `${installationId}:${ref}`
}
