import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { type Clock, isoPlus } from '../clock.ts'
import type { PackageSource } from '../installation-source.ts'
import { unlessRefused } from '../package-refused.ts'
import type { Sandbox } from '../sandbox/run.ts'
import type { SecretBox } from '../secrets/secret-box.ts'
import type { Store } from '../storage/port.ts'
import { RECORDING_LIMITS, type Recording } from './recording.ts'
import { createRecordingAllowance } from './recording-allowance.ts'
import { type RecordingDocument, recordings } from './recordings-collections.ts'
import { settleRecording } from './settle-recording.ts'

/** Recordings of runs: per organization, sealed at rest, kept for seven days. */
export interface Recordings {
  /** Whether another of the installation's failed runs may be kept now. */
  hasRoom(installationId: string): boolean
  /** `undefined`: the run was too long to be recorded, and that is what is kept of it. */
  keep(
    organizationId: string,
    run: { runId: string; installationId: string },
    recording: Recording | undefined,
  ): Promise<void>
  /** `too-large`: there was one, and it could not be kept. */
  read(organizationId: string, installationId: string, runId: string): Promise<Recording | 'too-large' | undefined>
}

export interface RecordingsDeps {
  store: Store
  clock: Clock
  secretBox: SecretBox
  sandbox: Sandbox
  packages: PackageSource
}

const zip = promisify(gzip)
const unzip = promisify(gunzip)

export function createRecordings(deps: RecordingsDeps): Recordings {
  const { store, clock, secretBox } = deps
  const allowance = createRecordingAllowance(clock)
  const contextOf = (organizationId: string, runId: string) => `recording ${organizationId} ${runId}`

  async function sealed(organizationId: string, recording: Recording) {
    const bytes = await zip(JSON.stringify(recording))
    allowance.spent(recording.installationId, bytes.length)
    if (bytes.length > RECORDING_LIMITS.storedBytes) return undefined
    return { ...secretBox.seal(bytes.toString('base64'), contextOf(organizationId, recording.runId)) }
  }

  async function opened(organizationId: string, { _id, sealed }: RecordingDocument): Promise<Recording | undefined> {
    if (!sealed) return undefined
    const bytes = Buffer.from(secretBox.open(sealed, contextOf(organizationId, _id)), 'base64')
    return JSON.parse((await unzip(bytes)).toString('utf8'))
  }

  async function settled(organizationId: string, recording: Recording): Promise<Recording> {
    const { digest } = recording
    if (recording.hidden.settled) return recording
    const code = await unlessRefused(deps.packages.load(digest, { ...recording, organizationId }))
    if (!code) return recording
    const again = { organizationId, digest, source: async () => code.source }
    const done = await settleRecording(deps.sandbox, recording, again)
    if (!done) return recording
    const box = done === recording ? undefined : await sealed(organizationId, done)
    await store
      .forOrganization(organizationId)(recordings)
      .patch(recording.runId, { set: { settleTried: true, ...(box && { sealed: box }) } })
    // What is answered is what is kept: else it would be another the next time.
    return box ? done : recording
  }

  return {
    hasRoom: (installationId) => allowance.hasRoom(installationId),
    async keep(organizationId, { runId, installationId }, recording) {
      const box = recording && (await sealed(organizationId, recording))
      const expiresAt = isoPlus(clock.iso(), RECORDING_LIMITS.keepMs)
      await store
        .forOrganization(organizationId)(recordings)
        .insert({ _id: runId, installationId, expiresAt, ...(box && { sealed: box }) })
    },
    async read(organizationId, installationId, runId) {
      const document = await store.forOrganization(organizationId)(recordings).get(runId)
      if (document?.installationId !== installationId || document.expiresAt <= clock.iso()) return undefined
      const recording = await opened(organizationId, document)
      if (!recording) return 'too-large'
      return document.settleTried ? recording : settled(organizationId, recording)
    },
  }
}
