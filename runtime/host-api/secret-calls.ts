import { createHmac } from 'node:crypto'
import type { HostCallArguments } from '@annex/sdk/host-api'
import type { DeclarationSource } from '../installation-declarations.ts'
import { refusal, success } from '../result.ts'
import type { InstallationSecrets } from '../secrets/installation-secrets.ts'
import type { Answer, CallContext } from './call-context.ts'

/** Bytes that one call signs. */
const MAX_BYTES = 1024 * 1024
const HASHES: Readonly<Record<string, string>> = { 'hmac-sha256': 'sha256', 'hmac-sha512': 'sha512' }

/** `ctx.secrets`: the host computes with what the guest may only name. */
export function createSecretCalls({
  declarations,
  secrets,
}: {
  declarations?: DeclarationSource
  secrets?: InstallationSecrets
}) {
  return {
    'secrets.hmac': async (context: CallContext, args: HostCallArguments<'secrets.hmac'>): Answer => {
      const { installation, credentials, code } = context
      const declared = await declarations?.of(code)
      const use = declared?.secrets.find(({ ref }) => ref === args.ref)?.use
      const hash = use === undefined ? undefined : HASHES[use]
      if (hash === undefined) {
        return refusal('PERMISSION_DENIED', `the manifest declares no secret ${args.ref} to sign with`, {
          details: { rule: 'secret-not-declared' },
        })
      }
      const data = Buffer.from(args.data, args.encoding ?? 'utf8')
      if (data.length > MAX_BYTES) return refusal('QUOTA_EXCEEDED', `at most ${MAX_BYTES} bytes are signed`)
      const place = { organizationId: installation.organizationId, installationId: installation.id, ref: args.ref }
      const own = Object.hasOwn(credentials, args.ref) ? credentials[args.ref] : undefined
      const secret = (await secrets?.get(place)) ?? own
      if (secret === undefined) return refusal('NOT_FOUND', `nobody has set the secret ${args.ref} yet`)
      return success({ mac: createHmac(hash, secret).update(data).digest('base64') })
    },
  }
}
