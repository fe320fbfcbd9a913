import type { JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import type { Test } from 'tap'
import { createEgress } from '../../../runtime/egress/egress.ts'
import { createHostApi, type DispatchRequest } from '../../../runtime/host-api/host-api.ts'
import { hostApiCollections } from '../../../runtime/host-api/kv-documents.ts'
import { createDeclarations } from '../../../runtime/installation-declarations.ts'
import { createLog } from '../../../runtime/log.ts'
import { createInstallationSecrets, installationSecrets } from '../../../runtime/secrets/installation-secrets.ts'
import { createSecretBox } from '../../../runtime/secrets/secret-box.ts'
import { goodManifest } from '../../sdk/package/good-package.ts'
import { openPlatform } from '../platform/open-platform.ts'
import { installed } from './open-host-api.ts'

type Parts = Partial<Manifest['annex']>

/** The host calls of an extension whose manifest declares `parts`, which may be another by its digest. */
export async function openDeclaredHost(t: Pick<Test, 'teardown'>, parts: Parts | ((digest: string) => Parts)) {
  const base = await openPlatform(t, [...hostApiCollections, installationSecrets])
  const log = createLog('silent')
  const egress = createEgress({ ...base, log })
  t.teardown(() => egress.close())
  const manifest = (digest: string) => {
    const whole = goodManifest()
    Object.assign(whole.annex, typeof parts === 'function' ? parts(digest) : parts)
    return whole as unknown as JsonObject
  }
  const declarations = createDeclarations({
    load: async (digest) => ({ digest, source: '', manifest: manifest(digest), describe: {} }),
  })
  const secretBox = createSecretBox({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] })
  const secrets = createInstallationSecrets({ ...base, secretBox })
  const hostApi = createHostApi({ ...base, egress, log, declarations, secrets })
  return {
    ...base,
    secrets,
    call(name: string, args: unknown, more: Partial<DispatchRequest> = {}) {
      const one = more.installation ?? installed()
      const dispatch = hostApi.dispatchFor({ installation: one, current: async () => one, ...more })
      return dispatch({ name, args }, new AbortController().signal)
    },
  }
}
