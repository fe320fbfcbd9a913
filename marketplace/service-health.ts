import { X509Certificate } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Config } from '../runtime/config.ts'
import type { SandboxStatus } from '../runtime/sandbox/run.ts'
import type { Store } from '../runtime/storage/port.ts'

/** What anybody may know of the service: that it lives, what it stands on, how extensions are caged. */
export interface ServiceHealth {
  status: 'ok' | 'degraded'
  version: string
  uptimeSeconds: number
  /** The version of Node. */
  node: string
  store: { engine: string; ok: boolean; ms: number }
  isolation: { name: string; active: boolean; detail: string }[]
  /** The operator's exceptions from the egress rules. */
  egress: { overrides: string[]; allowedPrivateRanges: string[]; extraAuthorities: string[] }
  /** While it is not fresh, this node starts no extension. */
  killList: { seq: number; fresh: boolean; ageSeconds?: number }
}

export const SERVICE_VERSION = '0.1.0'

export async function serviceHealth(deps: {
  store: Store
  isolation: SandboxStatus['layers']
  egress: Config['egress']
  killList: { seq: number; fresh: boolean; ageMs?: number }
}): Promise<ServiceHealth> {
  const { isolation, egress } = deps
  const { seq, fresh, ageMs } = deps.killList
  const store = await pinged(deps.store)
  return {
    status: store.ok && fresh ? 'ok' : 'degraded',
    version: SERVICE_VERSION,
    uptimeSeconds: Math.floor(performance.now() / 1000),
    node: process.version,
    store,
    isolation: isolation.map(({ name, active, detail }) => ({ name, active, detail })),
    egress: {
      overrides: Object.keys(egress.overrides),
      allowedPrivateRanges: [...egress.allowPrivateRanges],
      extraAuthorities: (egress.extraCa ?? []).map(nameOfAuthority),
    },
    killList: { seq, fresh, ...(ageMs === undefined ? {} : { ageSeconds: Math.floor(ageMs / 1_000) }) },
  }
}

/** `CN=Acme Root CA (SHA-256 9A:1B…)`. */
function nameOfAuthority(pem: string): string {
  const { subject, fingerprint256 } = new X509Certificate(pem)
  return `${subject.replaceAll('\n', ', ')} (SHA-256 ${fingerprint256})`
}

/** A store that does not answer is what this route exists to tell: its fault is a fact here, not an error. */
async function pinged(store: Store): Promise<ServiceHealth['store']> {
  const began = performance.now()
  const ok = await store.ping().then(
    () => true,
    () => false,
  )
  return { engine: store.engine, ok, ms: Math.round((performance.now() - began) * 10) / 10 }
}
