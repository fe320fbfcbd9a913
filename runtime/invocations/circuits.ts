import type { Audit } from '../audit/audit.ts'
import { type Clock, isoPlus } from '../clock.ts'
import type { ActiveInstallation } from '../installation-source.ts'
import type { Log } from '../log.ts'
import type { EndClass, RunFailure, StepResult } from '../sandbox/run.ts'
import type { Draft, Store } from '../storage/port.ts'
import { type CircuitDocument, circuits } from './invocations-collections.ts'

/** How many dead processes within how long open a circuit, and for how long: twice as long each time that it opens again. */
export const CIRCUIT_LIMITS = { deaths: 20, windowMs: 60_000, openMs: 30_000, maxOpenMs: 600_000 } as const

/**
 * Keeps an installation that kills its sandbox process over and over from costing everybody else a process each time.
 * Its circuit opens, on this node and for this installation alone, and its admin is told; when the time is up one run
 * may try. What an admin changes (version, grant, configuration, off and on) closes it.
 */
export interface Circuits {
  /** Leave to run, or why not now. */
  admit(installation: ActiveInstallation): { pass: Pass } | { refused: RunFailure }
}

/** To be told of each step of the run; `left` when nothing more comes. */
export interface Pass {
  note(result: StepResult): Promise<void>
  left(): void
}

interface CircuitsDeps {
  store: Store
  audit: Audit
  clock: Clock
  log: Log
}

interface Circuit {
  deaths: number[]
  /** While it is open. */
  until?: number
  openMs: number
  trial: boolean
  /** When a trial went well. */
  closedAt?: number
  last: EndClass
}

const DEADLY: ReadonlySet<EndClass> = new Set(['CPU', 'MEMORY', 'CRASH'])
const KEPT = 10_000

export function createCircuits(deps: CircuitsDeps): Circuits {
  const { clock, log } = deps
  const known = new Map<string, Circuit>()

  function admit(installation: ActiveInstallation): ReturnType<Circuits['admit']> {
    const circuit = known.get(keyOf(installation))
    if (circuit?.until === undefined) return { pass: passFor(installation, false) }
    const waitMs = circuit.until - clock.now()
    if (waitMs > 0 || circuit.trial) return { refused: refusal(circuit, Math.max(waitMs, 1_000)) }
    circuit.trial = true
    return { pass: passFor(installation, true) }
  }

  function passFor(installation: ActiveInstallation, trial: boolean): Pass {
    let open = trial
    return {
      async note(result) {
        const died = !result.ok && result.failure.incident && DEADLY.has(result.failure.class)
        if (died) {
          const trial = open
          open = false
          return told(death(installation, result.failure.class, trial))
        }
        const ran = result.ok || !['QUEUE', 'CANCELLED'].includes(result.failure.class)
        if (!open || !ran) return
        open = false
        close(installation)
        await told(tell(deps, installation, undefined))
      },
      left() {
        const circuit = known.get(keyOf(installation))
        if (open && circuit) circuit.trial = false
        open = false
      },
    }
  }

  async function death(installation: ActiveInstallation, cls: EndClass, trial: boolean): Promise<void> {
    const now = clock.now()
    const circuit = known.get(keyOf(installation)) ?? create(keyOf(installation))
    circuit.last = cls
    if (circuit.closedAt !== undefined && now - circuit.closedAt > CIRCUIT_LIMITS.maxOpenMs) {
      circuit.openMs = CIRCUIT_LIMITS.openMs
      delete circuit.closedAt
    }
    circuit.deaths = [...circuit.deaths.filter((at) => at > now - CIRCUIT_LIMITS.windowMs), now]
    if (trial) circuit.openMs = Math.min(circuit.openMs * 2, CIRCUIT_LIMITS.maxOpenMs)
    else if (circuit.until !== undefined || circuit.deaths.length < CIRCUIT_LIMITS.deaths) return
    circuit.trial = false
    circuit.until = now + circuit.openMs
    await tell(deps, installation, circuit)
  }

  /** It opens for longer the next time, unless it was quiet for as long as one can be open. */
  function close(installation: ActiveInstallation): void {
    const circuit = known.get(keyOf(installation))
    if (!circuit) return
    delete circuit.until
    circuit.trial = false
    circuit.deaths = []
    circuit.openMs = Math.min(circuit.openMs * 2, CIRCUIT_LIMITS.maxOpenMs)
    circuit.closedAt = clock.now()
  }

  function create(key: string): Circuit {
    const [oldest] = known.keys()
    if (known.size >= KEPT && oldest !== undefined) known.delete(oldest)
    const circuit: Circuit = { deaths: [], openMs: CIRCUIT_LIMITS.openMs, trial: false, last: 'CRASH' }
    known.set(key, circuit)
    return circuit
  }

  /** The circuit works without its record. */
  async function told(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      log.error({ err: error }, 'The state of a circuit could not be written')
    }
  }

  return { admit }
}

/** Where the admin sees it: at the installation, in the audit trail, and as an event. */
async function tell(deps: CircuitsDeps, installation: ActiveInstallation, open: Circuit | undefined): Promise<void> {
  const { organizationId, id, extension, version } = installation
  const action = open ? 'installation.circuit_opened' : 'installation.circuit_closed'
  const details = { extension, version, ...(open && { class: open.last, openMs: open.openMs }) }
  await deps.store.tx(async (tx) => {
    const documents = tx.forOrganization(organizationId)(circuits)
    if (open) await documents.put(documentOf(deps.clock, installation, open))
    else await documents.delete(id)
    tx.emit({ partition: organizationId, type: action, payload: { installationId: id, ...details } })
    const entry = { organizationId, actor: `installation:${id}`, action, target: extension, details }
    await deps.audit.within(tx, { ...entry, outcome: open ? 'failed' : 'allowed', ...(open && { rule: open.last }) })
  })
}

function documentOf(clock: Clock, { id, epoch }: ActiveInstallation, circuit: Circuit): Draft<CircuitDocument> {
  const since = clock.iso()
  const deaths = circuit.deaths.length
  return { _id: id, epoch, class: circuit.last, deaths, since, until: isoPlus(since, circuit.openMs) }
}

function refusal({ last, deaths }: Circuit, waitMs: number): RunFailure {
  const retryAfter = Math.ceil(waitMs / 1_000)
  return {
    class: last,
    code: 'CIRCUIT_OPEN',
    message: `The extension ended its sandbox process ${deaths.length} times within a minute; it may try again in ${retryAfter} s`,
    retryable: true,
    retryAfter,
    incident: false,
  }
}

/** A change by an admin, or a new version, is a new start. */
function keyOf({ organizationId, id, digest, epoch }: ActiveInstallation): string {
  return `${organizationId} ${id} ${digest} ${epoch}`
}
