import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Patch } from '../../runtime/storage/port.ts'
import type { Outcome } from '../errors.ts'
import { type ChangeDeps, changeInstallation, type SystemActor } from './change-installation.ts'
import type { Disabled, DisabledReason, InstallationDocument } from './installation-collections.ts'

const HELD = ['active', 'disabled'] as const

/**
 * Disables for a reason, besides those that are there. The same reason again changes nothing. With a `digest`, only as
 * long as the installation is of those bytes: a reason of one version is none of the next.
 */
export function hold(
  deps: ChangeDeps,
  actor: UserPrincipal | SystemActor,
  id: string,
  { reason, message, digest }: { reason: DisabledReason; message?: string; digest?: string },
): Promise<Outcome<InstallationDocument>> {
  const by = actor.kind === 'system' ? 'system' : principalName(actor)
  const held: Disabled = { by, at: deps.clock.iso(), ...(message === undefined ? {} : { message }) }
  const why = { reason, ...(message === undefined ? {} : { message }) }
  return changeInstallation(deps, actor, id, {
    action: 'installation.disable',
    from: HELD,
    details: why,
    facts: why,
    patch: ({ disabled, digest: current }) =>
      disabled?.[reason] || (digest !== undefined && digest !== current)
        ? nothing
        : { ok: true, value: { set: { state: 'disabled', disabled: { ...disabled, [reason]: held } } } },
  })
}

/** Takes reasons away; it runs again when those were the last. With a `digest`: see `hold`. */
export function release(
  deps: ChangeDeps,
  actor: UserPrincipal | SystemActor,
  id: string,
  reasons: readonly DisabledReason[],
  digest?: string,
): Promise<Outcome<InstallationDocument>> {
  return changeInstallation(deps, actor, id, {
    action: 'installation.enable',
    from: HELD,
    details: { reasons: [...reasons] },
    patch: ({ disabled, digest: current }) =>
      reasons.some((reason) => disabled?.[reason]) && (digest === undefined || digest === current)
        ? { ok: true, value: withReasons(disabled, reasons) }
        : nothing,
  })
}

/** The patch that takes reasons away, and the state that follows from what is left. */
export function withReasons(disabled: InstallationDocument['disabled'], gone: readonly DisabledReason[]): Patch {
  const left = Object.entries(disabled ?? {}).filter(([reason]) => !gone.some((each) => each === reason))
  if (left.length === 0) return { set: { state: 'active' }, unset: ['disabled'] }
  return { set: { state: 'disabled', disabled: Object.fromEntries(left) } }
}

const nothing = { ok: true, value: undefined } as const
