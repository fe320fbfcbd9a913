import type { SealedSecret } from '../secrets/secret-box.ts'
import { type Collection, collection, type Stored } from '../storage/port.ts'

/** The recording of one run; `_id` is the run's. */
export interface RecordingDocument extends Stored {
  installationId: string
  /** When it is deleted. */
  expiresAt: string
  /** JSON of a `Recording`, gzip, base64, sealed; absent for one that would have been too large. */
  sealed?: SealedSecret & Record<string, string>
  /** Its code was run with what stands for hidden values: once, whether that settled it or not. */
  settleTried?: true
}

export const recordings: Collection<RecordingDocument> = collection<RecordingDocument>({
  name: 'recordings',
  scope: 'organization',
  indexes: {
    byInstallation: { fields: ['installationId'] },
    byExpiry: { fields: ['expiresAt'], global: true },
  },
})

export const recordingsCollections = [recordings]
