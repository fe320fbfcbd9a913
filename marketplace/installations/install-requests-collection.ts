import { collection, type Stored } from '../../runtime/storage/port.ts'

export type InstallRequestState = 'open' | 'approved' | 'declined'

/** A member's wish that an admin install something. */
export interface InstallRequestDocument extends Stored {
  state: InstallRequestState
  /** `@publisher/name`. */
  extension: string
  /** Absent: whichever is the latest then. */
  version?: string
  message: string
  /** A user's id. */
  by: string
  /** `<user> <extension>` while it is open: one asks once. */
  openKey?: string
  decision?: { by: string; at: string; reason?: string; installationId?: string }
  createdAt: string
}

export const installRequests = collection<InstallRequestDocument>({
  name: 'installRequests',
  scope: 'organization',
  indexes: {
    open: { fields: ['openKey'], unique: true },
    byTime: { fields: ['createdAt'] },
    byState: { fields: ['state', 'createdAt'] },
    byUser: { fields: ['by', 'createdAt'] },
    byInstallation: { fields: ['decision.installationId'] },
  },
})
