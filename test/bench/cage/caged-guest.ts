import { createHash } from 'node:crypto'
import type { Json } from '@annex/sdk/json'
import { PLATFORM_VERSION } from '@annex/sdk/platform-version'
import { createLog } from '../../../runtime/log.ts'
import type { HostCallResult } from '../../../runtime/sandbox/host-call.ts'
import type { RunRequest, Sandbox, StepResult } from '../../../runtime/sandbox/run.ts'
import { createSandbox } from '../../../runtime/sandbox/sandbox.ts'

/** Code in the sandbox that may be called as an installation. */
export interface CagedGuest {
  source: string
  handler: readonly string[]
  organizationId?: string
  installationId?: string
  limits?: RunRequest['limits']
}

/** `work` with a real sandbox, whose children are gone afterwards. */
export async function withSandbox<T>(work: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  const sandbox = await createSandbox({ log: createLog('silent') })
  try {
    return await work(sandbox)
  } finally {
    await sandbox.close()
  }
}

/** One run of one step, as the product does it; the answer to each host call is there at once. */
export async function tryGuest(sandbox: Sandbox, guest: CagedGuest, args: readonly Json[]): Promise<StepResult> {
  const { source, handler, limits } = guest
  const { organizationId = 'org_bench', installationId = 'ins_bench' } = guest
  const run = sandbox.start({
    ...{ organizationId, installationId, handler, args, ...(limits && { limits }) },
    ...{ extension: '@bench/guest', version: '1.0.0', digest: digestOf(source), source: async () => source },
    platform: PLATFORM_VERSION,
    config: {},
    dispatch: async () => ANSWER,
  })
  try {
    return await run.step()
  } finally {
    await run.close()
  }
}

/** The value of a run that must go well. */
export async function callGuest(sandbox: Sandbox, guest: CagedGuest, args: readonly Json[]): Promise<Json> {
  const result = await tryGuest(sandbox, guest, args)
  if (!result.ok) throw new Error(`a benched run failed: ${JSON.stringify(result.failure)}`)
  return result.value
}

const ANSWER: HostCallResult = { ok: true, value: null }

const digests = new Map<string, string>()

/** Kept: the product has it at hand as well. */
function digestOf(source: string): string {
  const known = digests.get(source) ?? createHash('sha256').update(source).digest('hex')
  digests.set(source, known)
  return known
}
