import type { Test } from 'tap'
import { createKillFollower } from '../../../marketplace/kill-list/kill-follower.ts'
import type { InstalledRow } from '../../../marketplace/kill-list/kill-job.ts'
import { createKillList } from '../../../marketplace/kill-list/kill-list.ts'
import { killListCollections } from '../../../marketplace/kill-list/kill-list-collections.ts'
import { publishingCollections } from '../../../marketplace/publishing/publishing-collections.ts'
import { createSigning } from '../../../marketplace/publishing/signing/signing.ts'
import { signingCollections } from '../../../marketplace/publishing/signing/signing-collections.ts'
import { jobsCollections } from '../../../runtime/jobs/job.ts'
import { createJobs } from '../../../runtime/jobs/jobs.ts'
import { createLog } from '../../../runtime/log.ts'
import { createSecretBox } from '../../../runtime/secrets/secret-box.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import { openTestAudit } from '../../runtime/audit/open-test-audit.ts'

export type KillRig = Awaited<ReturnType<typeof openKillList>>

/** The code of `@acme/erp` at a version. */
export function codeOf(version: string, extension = '@acme/erp', organizationId = 'org_a') {
  return { organizationId, extension, version, digest: Buffer.from(version).toString('hex').padStart(64, '0') }
}

/** The kill list of an empty store, as the nodes of one marketplace share it. Installations are held in memory. */
export async function openKillList(t: Pick<Test, 'teardown'>) {
  const collections = [...signingCollections, ...publishingCollections, ...killListCollections, ...jobsCollections]
  const base = await openTestAudit(t, collections)
  const log = createLog('silent')
  const secretBox = createSecretBox({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] })
  const installed: InstalledRow[] = []
  const done: string[] = []
  const rows = {
    all: async function* () {
      yield* installed
    },
    hold: async ({ id }: InstalledRow, message: string) => void done.push(`hold ${id}: ${message}`),
    release: async ({ id }: InstalledRow) => void done.push(`release ${id}`),
    uninstall: async ({ id }: InstalledRow, message: string) => void done.push(`uninstall ${id}: ${message}`),
    mark: async ({ id }: InstalledRow, entry: { reason: string } | undefined) =>
      void (entry && done.push(`mark ${id}: ${entry.reason}`)),
  }

  /** Another process on the store; it follows when it is told to `start`, or to `catchUp`. */
  function node(name: string, store: Store = base.store) {
    const deps = { ...base, store, log, secretBox }
    const jobs = createJobs({ ...deps, nodeId: name })
    const follower = createKillFollower({ ...deps, uptime: () => base.clock.now() })
    const { keys } = createSigning({ ...deps, jobs })
    const list = createKillList({ ...deps, keys, jobs, follower, rows })
    t.teardown(async () => {
      await list.stop()
      await jobs.stop()
    })
    return { jobs, follower, list, keys, gate: follower.gate }
  }

  const first = node('node-1')
  await first.list.ready()
  return {
    ...base,
    ...first,
    secretBox,
    node,
    installed,
    done,
    handle: base.store.asSystem('a test looks'),
    /** Adds an entry for bytes, which need not be known. */
    kill: (version: string, reason = 'malware') =>
      first.list.add('user:usr_mod', {
        target: { kind: 'digest', digest: codeOf(version).digest },
        action: 'block',
        reason,
      }),
  }
}
