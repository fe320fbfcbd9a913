import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditRecord } from '../../../runtime/audit/audit-entry.ts'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import type { RunDocument } from '../../../runtime/invocations/invocations-collections.ts'
import type { Attack, Company, Mode } from './attack.ts'
import { callCalm, type Experience, startBystander } from './bystander.ts'
import { watchChildren } from './children.ts'
import { checkCrowd, gatherCrowd } from './crowd.ts'
import { attackScript, CALM_SCRIPT } from './entry-script.ts'
import type { Stack } from './open-stack.ts'
import { type Strike, type Strikes, strike, timed } from './strike.ts'

/** All that the pass rule is judged by. */
export interface Evidence extends Strikes, Written {
  bystanders: Experience[]
  /** What was wrong with the runs that were under way. */
  crowd: string[]
  /** The longest that the service's event loop was held, in milliseconds. */
  loopHeldMs: number
  /** What was wrong with the sandbox's processes a second later. */
  children: string[]
  /** The attacker's next normal run. */
  next: Strike
  /** The attacker's own words. */
  code: string
  /** What the service logged. */
  logged: string
  canary: string
}

interface Written {
  /** Rows of the attacker's runs. */
  runs: RunDocument[]
  /** Audit rows of the attacker. */
  audited: AuditRecord[]
  /** Audit rows that blame a bystander. */
  blamed: AuditRecord[]
}

const LOOP_RESOLUTION_MS = 10
/** Long enough for the crowd's runs to be loaded before the attacker's code changes under them. */
const UNDER_WAY_MS = 30

/** Runs an attack with everybody looking on. Each time all take part anew, so that no attack suffers from another. */
export async function runAttack(stack: Stack, attack: Attack, mode: Mode, company: Company): Promise<Evidence> {
  const script = attackScript(attack, mode)
  const other = stack.install(CALM_SCRIPT, { organizationId: 'org_other', extension: '@honest/other' })
  const neighbour = stack.install(CALM_SCRIPT, { extension: '@honest/neighbour' })
  const attacker = stack.install(mode === 'load' ? CALM_SCRIPT : script.source, attack.installation)
  for (const installation of [other, neighbour, attacker]) await callCalm(stack, installation)

  const children = watchChildren(stack.sandbox)
  const crowd = company === 'crowded' ? gatherCrowd(stack, [attacker, neighbour]) : undefined
  const bystanders = [startBystander(stack, other, false), startBystander(stack, neighbour, true)]
  await sleep(UNDER_WAY_MS)
  if (crowd) checkCrowd(stack, attacker)
  if (mode === 'load') stack.upgrade(attacker, script.source)
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  loop.enable()
  const struck = await strike(stack, attacker, attack, script)
  const experiences = await Promise.all(bystanders.map((bystander) => bystander.stop()))
  loop.disable()
  // What attacks when it is loaded would do so again: the author mends it.
  if (mode === 'load') stack.upgrade(attacker, CALM_SCRIPT)
  const next = await timed(() => callCalm(stack, attacker))
  return {
    ...struck,
    next,
    bystanders: experiences,
    crowd: (await crowd?.disperse()) ?? [],
    loopHeldMs: loop.max / 1e6 - LOOP_RESOLUTION_MS,
    children: await children.stop(),
    ...(await written(stack, attacker, [other, neighbour])),
    code: script.source,
    logged: stack.logged.splice(0).join('\n'),
    canary: stack.canary,
  }
}

async function written(stack: Stack, attacker: ActiveInstallation, others: ActiveInstallation[]): Promise<Written> {
  await stack.audit.flush()
  const { organizationId, id } = attacker
  const { data: runs } = await stack.invocations.runs(organizationId, { installationId: id, limit: 200 })
  const blamed = others.map(async (other) => {
    const query = { actor: `installation:${other.id}`, action: 'sandbox.incident' }
    return (await stack.audit.list(other.organizationId, query)).data
  })
  return {
    runs,
    audited: (await stack.audit.list(organizationId, { actor: `installation:${id}`, limit: 200 })).data,
    blamed: (await Promise.all(blamed)).flat(),
  }
}
