import type { Manifest } from '@annex/sdk/manifest'
import type { Run, Sandbox, StepLimits, StepResult } from '../../../runtime/sandbox/run.ts'
import { limitsOf } from '../../../runtime/trials/handler-limits.ts'
import { functionPath, isRead } from '../../../runtime/trials/handler-path.ts'
import { openLocalHost } from '../../../runtime/trials/local-host.ts'
import { localInstallation } from '../../../runtime/trials/local-installation.ts'
import type { Upstream } from '../../../runtime/trials/upstream.ts'
import type { BuiltPackage } from '../build-package.ts'
import { explainFailure, explainLog } from '../explain-failure.ts'
import { platformOf } from '../platform-of.ts'
import { usageRows } from '../usage-rows.ts'
import type { TellDev } from './dev-events.ts'
import type { DevTarget } from './dev-target.ts'

export interface TargetRun {
  sandbox: Sandbox
  built: BuiltPackage
  target: DevTarget
  upstream: Upstream
  credentials?: Record<string, string>
  tell: TellDev
  signal: AbortSignal
}

/** A stream without an end would show pages for ever. */
const MAX_PAGES = 20

/** Runs the handler once, on a store of its own in memory, and tells all that happens. True when it went well. */
export async function runTarget({ sandbox, built, target, upstream, credentials, tell, signal }: TargetRun) {
  const { manifest, digest, source } = built
  const installation = localInstallation(manifest, digest, target.config, { credentials: credentials !== undefined })
  const platform = platformOf(manifest)
  const host = await openLocalHost({
    installation,
    platform,
    manifest,
    upstream,
    ...(credentials && { credentials }),
    onCall: (call) => tell({ event: 'call', ...call }),
  })
  const limits = limitsOf(target.handler)
  const run = sandbox.start({
    organizationId: installation.organizationId,
    installationId: installation.id,
    extension: installation.extension,
    version: installation.version,
    digest,
    platform,
    source: async () => source,
    handler: functionPath(target.handler),
    args: target.args,
    config: target.config,
    dispatch: host.dispatch,
    limits,
    signal,
  })
  try {
    return await stepByStep(run, { built, target, tell, limits, signal })
  } finally {
    await run.close()
    await host.close()
  }
}

interface Steps extends Pick<TargetRun, 'built' | 'target' | 'tell' | 'signal'> {
  limits: StepLimits
}

async function stepByStep(run: Run, steps: Steps): Promise<boolean> {
  const { target, tell } = steps
  const paged = isRead(target.handler)
  for (let page = 1; ; page++) {
    const step = await run.step()
    const last = !paged || (step.ok && step.done)
    tellLogs(step, steps)
    if (step.ok && !last) tell({ event: 'page', number: page, value: step.value })
    if (step.ok && last) tell({ event: 'result', value: paged ? `${page - 1} pages, to the end` : step.value })
    tellUse(step, steps)
    if (!step.ok) return false
    if (last) return true
    if (page === MAX_PAGES) {
      tell({ event: 'result', value: `${page} pages; more are not pulled here` })
      return true
    }
  }
}

function tellLogs(step: StepResult, { built: { places }, target, tell, limits, signal }: Steps): void {
  for (const line of step.logs) tell({ event: 'log', ...explainLog(line, places) })
  if (!step.ok && signal.aborted) tell({ event: 'cancelled' })
  else if (!step.ok) {
    const handler = functionPath(target.handler)
    tell({ event: 'failure', ...explainFailure({ failure: step.failure, handler, limits, places }) })
  }
}

function tellUse(step: StepResult, { tell, limits }: Steps): void {
  tell({ event: 'usage', rows: usageRows(step.usage, limits, step.logs.length) })
}

/** Hosts that a server of the author's own stands for: those that the manifest names in full, and the configured ones. */
export function declaredHosts({ annex }: Manifest, config: DevTarget['config']): string[] {
  return (annex.egress ?? []).flatMap(({ host }) => {
    const key = /^{{config[.](.+)}}$/.exec(host)?.[1]
    const named = key === undefined ? host : config[key]
    return typeof named === 'string' && !named.startsWith('*') ? [named.toLowerCase()] : []
  })
}
