import type { Json } from '@annex/sdk/json'
import { CAGE_LIMITS } from '../../../runtime/sandbox/limits.ts'
import type { EndClass } from '../../../runtime/sandbox/run.ts'
import type { Attack, Mode } from './attack.ts'
import { ATTACK_LIMITS, GRACE_MS } from './attack-limits.ts'
import { isTakenAlong } from './bystander.ts'
import { findTraces } from './find-traces.ts'
import type { Evidence } from './run-attack.ts'
import type { Strike } from './strike.ts'

/** A breach of the pass rule. `late`: of a deadline, which on a machine that others use may be the machine's doing. */
export interface Breach {
  text: string
  late: boolean
}

/** Holds what an attack left behind against the pass rule; nothing to say is the best that can be said. */
export function judge(attack: Attack, mode: Mode, evidence: Evidence): Breach[] {
  return [
    ...judgeBystanders(evidence),
    ...judgeStrikes(attack, mode, evidence),
    ...judgeTraces(evidence),
    ...evidence.children.map(late),
    ...judgeRecords(evidence),
    ...judgeNextRun(evidence),
  ]
}

const INCIDENT_CLASSES: ReadonlySet<EndClass> = new Set(['CPU', 'WALL', 'MEMORY', 'CRASH'])

/** Everybody else is answered within a second, and nobody else is blamed. */
function judgeBystanders({ bystanders, crowd, loopHeldMs, blamed }: Evidence): Breach[] {
  return [
    ...bystanders.flatMap(({ installation, answered, slowestMs, failures }) => [
      ...failures.map((text) => wrong(`${installation.extension}: ${text}`)),
      ...(answered > 0 ? [] : [wrong(`${installation.extension} was never answered`)]),
      ...(slowestMs <= GRACE_MS ? [] : [late(`${installation.extension} waited ${Math.round(slowestMs)} ms`)]),
    ]),
    ...crowd.map((text) => wrong(`a run under way: ${text}`)),
    ...blamed.map(({ actor, rule }) => wrong(`${actor} is blamed with ${rule}`)),
    ...(loopHeldMs <= GRACE_MS ? [] : [late(`the service's event loop was held ${Math.round(loopHeldMs)} ms`)]),
  ]
}

/** The attacker ends within its budget plus a second, with a class that is right. */
function judgeStrikes(attack: Attack, mode: Mode, { strikes, falseStarts }: Evidence): Breach[] {
  const limits = { ...ATTACK_LIMITS, ...attack.limits }
  const cpuMs = limits.cpuMs + CAGE_LIMITS.loadMs
  return [
    ...falseStarts.map((outcome) => wrong(`it did not get as far as the attack: ${JSON.stringify(outcome)}`)),
    ...(strikes.length + falseStarts.length > 0 ? [] : [wrong('it never ran')]),
    ...strikes.flatMap(({ outcome, elapsedMs }) => {
      const { usage } = outcome
      return [
        ...judgeEnd(attack, mode, outcome),
        ...(elapsedMs <= limits.wallMs + GRACE_MS ? [] : [late(`it took ${Math.round(elapsedMs)} ms`)]),
        ...(usage.cpuMs <= cpuMs + GRACE_MS ? [] : [late(`it computed for ${usage.cpuMs} ms`)]),
      ]
    }),
  ]
}

function judgeEnd({ ends = [], harmless, atOnce = 1 }: Attack, mode: Mode, outcome: Strike['outcome']): Breach[] {
  if (outcome.ok) {
    // What is evaluated has no value that comes out: the handler's own does.
    const fine: (value: Json) => boolean = mode === 'load' ? (value) => value === 'fine' : (harmless ?? (() => false))
    return harmless && fine(outcome.value) ? [] : [wrong(`it ended well, with ${cut(JSON.stringify(outcome.value))}`)]
  }
  const { class: ending, incident, message } = outcome.failure
  // Of runs at once, one may take the others along.
  if (atOnce > 1 && isTakenAlong(outcome)) return []
  if (!ends.includes(ending)) {
    // On a machine that gives a run no computing time, what computes comes to its deadline instead.
    const starved = ending === 'WALL' && ends.includes('CPU')
    return [{ text: `it ended with ${ending}: ${cut(message)}`, late: starved }]
  }
  return incident === INCIDENT_CLASSES.has(ending) ? [] : [wrong(`${ending} with incident: ${incident}`)]
}

/** Nothing of the host and no secret comes out anywhere; no secret in the service's own log either. */
function judgeTraces({ strikes, runs, audited, next, code, canary, logged }: Evidence): Breach[] {
  const said = JSON.stringify([strikes, runs, audited, next])
  return [
    ...findTraces(said, code, [canary]).map((trace) => wrong(`what came out holds ${trace}`)),
    ...(logged.includes(canary) ? [wrong('the log of the service holds the secret')] : []),
  ]
}

/** Each run has its row; each forced end is in the audit trail under the attacker's name. */
function judgeRecords({ strikes, runs, audited }: Evidence): Breach[] {
  return strikes.flatMap(({ outcome }) => {
    const row = runs.find(({ _id }) => _id === outcome.runId)
    const incidents = audited.filter(
      ({ action, details }) => action === 'sandbox.incident' && details?.runId === outcome.runId,
    )
    const ending = outcome.ok ? undefined : outcome.failure.class
    const forced = !outcome.ok && outcome.failure.incident
    return [
      ...(row ? [] : [wrong(`run ${outcome.runId} has no row`)]),
      ...(row && row.failure?.class !== ending ? [wrong(`the row says ${row.failure?.class}, not ${ending}`)] : []),
      ...(incidents.length === (forced ? 1 : 0)
        ? []
        : [wrong(`${incidents.length} incidents of a run that ended ${ending}`)]),
      ...incidents.filter(({ rule }) => rule !== ending).map(({ rule }) => wrong(`the incident says ${rule}`)),
    ]
  })
}

/** The next normal run works, or a circuit breaker says why not. */
function judgeNextRun({ next: { outcome, elapsedMs } }: Evidence): Breach[] {
  if (!outcome.ok && /CIRCUIT/.test(outcome.failure.code)) return []
  if (!outcome.ok || outcome.value !== 'fine')
    return [wrong(`the next normal run gave ${cut(JSON.stringify(outcome))}`)]
  return elapsedMs <= GRACE_MS ? [] : [late(`the next normal run took ${Math.round(elapsedMs)} ms`)]
}

function wrong(text: string): Breach {
  return { text, late: false }
}

function late(text: string): Breach {
  return { text, late: true }
}

function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
