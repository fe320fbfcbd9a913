import type { Json } from '@annex/sdk/json'
import { PLATFORM_VERSION } from '@annex/sdk/platform-version'
import { createLog } from '../../../runtime/log.ts'
import type { HostCall, HostCallResult } from '../../../runtime/sandbox/host-call.ts'
import type { Run, RunRequest, Sandbox, StepResult } from '../../../runtime/sandbox/run.ts'
import { createSandbox, type SandboxOptions } from '../../../runtime/sandbox/sandbox.ts'

interface Teardown {
  teardown(work: () => Promise<void>): void
}

/** A real sandbox whose children are gone when the test ends. */
export async function openSandbox(t: Teardown, options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await createSandbox({ log: createLog('silent'), ...options })
  t.teardown(() => sandbox.close())
  return sandbox
}

let lastInstallation = 0

export type Answering = (call: HostCall) => HostCallResult | Promise<HostCallResult>

/** The members of a definition as an entry script: `async check(ctx) { … }`. */
export function entryScript(members: string): string {
  return `var annexExtension = { default: { kind: 'connector', ${members} } }`
}

/** A run of `source` for an installation of its own, unless `request` says otherwise. */
export function startGuest(
  sandbox: Sandbox,
  source: string,
  request: Partial<Omit<RunRequest, 'dispatch' | 'source'>> & { answer?: Answering } = {},
): Run {
  const installationId = `ins_${++lastInstallation}`
  const { answer = () => ({ ok: true, value: null }), ...rest } = request
  return sandbox.start({
    organizationId: 'org_1',
    installationId,
    extension: '@test/guest',
    version: '1.0.0',
    digest: `digest-${installationId}`,
    platform: PLATFORM_VERSION,
    source: async () => source,
    handler: ['check'],
    args: [],
    config: {},
    dispatch: async (call) => answer(call),
    ...rest,
  })
}

/** One step of a guest with these members; the run is closed. */
export async function runGuest(
  sandbox: Sandbox,
  members: string,
  request?: Parameters<typeof startGuest>[2],
): Promise<StepResult> {
  const run = startGuest(sandbox, entryScript(members), request)
  try {
    return await run.step()
  } finally {
    await run.close()
  }
}

/** The value of a step that must have gone well. */
export function resultOf(result: StepResult): Json {
  if (!result.ok) throw new Error(`The run failed: ${JSON.stringify(result.failure)}`)
  return result.value
}

/** The failure of a step that must have failed. */
export function failureOf(result: StepResult): { class: string; code: string; message: string } {
  if (result.ok) throw new Error(`The run went well: ${JSON.stringify(result.value)}`)
  return result.failure
}
