import type { Json } from '@annex/sdk/json'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import type { InvocationOutcome } from '../../../runtime/invocations/invocation.ts'
import { CAGE_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { ATTACK_LIMITS } from './attack-limits.ts'
import type { BareRequest } from './bare-world.ts'
import type { Look } from './run-bare.ts'

/**
 * Shows that an attack's code does harm without the defence. `bare` runs the code under a careless host in a process of
 * its own; the answer says what harm was seen, `undefined` that there was none: then the attack proves nothing.
 */
export type Control = (payload: Payload) => Promise<string | undefined>

export interface Payload {
  source: string
  handler: readonly string[]
  args: readonly unknown[]
  times: number
  bare(request: BareRequest, look: Look, patienceMs?: number): Promise<string | undefined>
  /** Runs the attack in the real runtime for an installation that is given more: a grant, a host. */
  granted(installation: Partial<ActiveInstallation>): Promise<InvocationOutcome>
}

const MB = 1024 * 1024

/** It computes on and on, well past the budget. */
export function spins(): Control {
  const budgetMs = ATTACK_LIMITS.cpuMs
  return inIsolate(({ cpuMs }) => (cpuMs > 2 * budgetMs ? `still computing after ${cpuMs} ms of CPU` : undefined))
}

/** It never comes back, though it need not compute. */
export function stalls(): Control {
  return inIsolate(({ wallMs, report }) => (!report && wallMs > STALL_MS ? 'nothing came of it' : undefined))
}

const STALL_MS = 500

/** It takes twice the memory of a guest's heap, or takes its process down for want of it. */
export function grows(megabytes = 2 * CAGE_LIMITS.guestHeapMb): Control {
  return inIsolate(({ grownBytes, exit }) => {
    if (grownBytes > megabytes * MB) return `grew by ${Math.round(grownBytes / MB)} MB`
    return exit?.signal ? `took its process down with ${exit.signal}` : undefined
  })
}

/** It takes the host's process down. */
export function aborts(): Control {
  return inIsolate(({ exit }) => {
    if (!exit) return undefined
    return exit.signal || exit.code !== 0 ? `took its process down with ${exit.signal ?? exit.code}` : undefined
  })
}

/** What the host must take in and keep for it is more than `bytes`. */
export function floods(bytes: number): Control {
  return inIsolate(({ report }) => {
    if (!report) return undefined
    const taken = report.heldBytes + (JSON.stringify(report.value)?.length ?? 0)
    return taken > bytes ? `the host took ${taken} bytes` : undefined
  })
}

/**
 * Without the defence its value is another one: `is` accepts what a successful attack returns. `vm` gives the code the
 * host's own functions, `isolate` a bare context of isolated-vm.
 */
export function yields(is: (value: unknown) => boolean, world: BareRequest['world'] = 'isolate'): Control {
  return (payload) =>
    payload.bare(requestOf(payload, world), ({ report }) =>
      report?.ok && is(report.value) ? `gave ${JSON.stringify(report.value)?.slice(0, 200)}` : undefined,
    )
}

/** As `yields`, for what makes a careless host fail: `is` accepts the text of its error, stack included. */
export function fails(is: (text: string) => boolean, world: BareRequest['world'] = 'isolate'): Control {
  return (payload) =>
    payload.bare(requestOf(payload, world), ({ report }) =>
      report && !report.ok && is(String(report.value))
        ? `failed with ${String(report.value).slice(0, 200)}`
        : undefined,
    )
}

/** The same code goes through once an admin has granted it, in the real runtime. */
export function succeedsWhenGranted(
  installation: Partial<ActiveInstallation>,
  is: (value: Json) => boolean = () => true,
): Control {
  return async ({ granted }) => {
    const outcome = await granted(installation)
    return outcome.ok && is(outcome.value) ? `gave ${JSON.stringify(outcome.value).slice(0, 200)}` : undefined
  }
}

function inIsolate(look: Look): Control {
  return (payload) => payload.bare(requestOf(payload, 'isolate'), look)
}

function requestOf({ source, handler, args, times }: Payload, world: BareRequest['world']): BareRequest {
  return { world, source, handler, args, times }
}
