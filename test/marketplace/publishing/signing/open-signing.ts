import type { Test } from 'tap'
import { drafts } from '../../../../marketplace/publishing/drafts-collection.ts'
import { publishingCollections } from '../../../../marketplace/publishing/publishing-collections.ts'
import { createSigning } from '../../../../marketplace/publishing/signing/signing.ts'
import { signingCollections } from '../../../../marketplace/publishing/signing/signing-collections.ts'
import type { InstalledCode } from '../../../../runtime/installation-source.ts'
import { jobsCollections } from '../../../../runtime/jobs/job.ts'
import { createJobs } from '../../../../runtime/jobs/jobs.ts'
import { createLog } from '../../../../runtime/log.ts'
import { createSecretBox } from '../../../../runtime/secrets/secret-box.ts'
import { openTestAudit } from '../../../runtime/audit/open-test-audit.ts'

/** Signing on an empty store, as the nodes of one marketplace share it. */
export async function openSigning(t: Pick<Test, 'teardown'>) {
  const base = await openTestAudit(t, [...signingCollections, ...publishingCollections, drafts, ...jobsCollections])
  const log = createLog('silent')
  const secretBox = createSecretBox({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] })

  function node(nodeId: string) {
    const jobs = createJobs({ ...base, log, nodeId })
    t.teardown(() => jobs.stop())
    return { ...createSigning({ ...base, log, jobs, secretBox }), jobs }
  }

  const first = node('node-1')
  return {
    ...base,
    ...first,
    secretBox,
    node,
    handle: base.store.asSystem('a test looks'),
    /** Signs a release, as a publication does. */
    async release(version: string) {
      const signed = packageOf(version)
      await first.signer.ready()
      await base.store.tx((tx) => first.signer.release(tx, signed))
      return codeOf(version)
    },
    /** Signs a draft, as its upload does. */
    async draft(organizationId: string, version: string) {
      const signed = packageOf(version)
      await first.signer.ready()
      await base.store.tx((tx) => first.signer.draft(tx, organizationId, signed))
      return codeOf(version, organizationId)
    },
    /** What keeps the code from being loaded. */
    faultOf: (code: InstalledCode) =>
      first.check(code).then(
        () => undefined,
        (error: Error) => error.message.slice(error.message.indexOf(': ') + 2),
      ),
  }
}

export function digestOf(version: string): string {
  return Buffer.from(version).toString('hex').padStart(64, '0')
}

/** An installation of `@acme/erp`. */
export function codeOf(version: string, organizationId = 'org_a'): InstalledCode {
  return { organizationId, extension: '@acme/erp', version, digest: digestOf(version) }
}

function packageOf(version: string) {
  return { extension: '@acme/erp', version, digest: digestOf(version), size: 1_000, manifestDigest: digestOf('m') }
}
