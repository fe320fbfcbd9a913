import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Patch } from '../../runtime/storage/port.ts'
import type { Outcome } from '../errors.ts'
import { type ChangeDeps, changeInstallation, type SystemActor } from './change-installation.ts'
import type { Disabled, DisabledReason, InstallationDocument } from './installation-collections.ts'

const HELD = ['active', 'disabled'] as const

/** Disables for a reason, besides those that are there. The same reason again changes nothing. */
export function hold(
  deps: ChangeDeps,
  actor: UserPrincipal | SystemActor,
  id: string,
  { reason, message }: { reason: DisabledReason; message?: string },
): Promise<Outcome<InstallationDocument>> {
  const by = actor.kind === 'system' ? 'system' : principalName(actor)
  const held: Disabled = { by, at: deps.clock.iso(), ...(message === undefined ? {} : { message }) }
  return changeInstallation(deps, actor, id, {
    action: 'installation.disable',
    from: HELD,
    details: { reason, ...(message === undefined ? {} : { message }) },
    patch: ({ disabled }) =>
      disabled?.[reason]
        ? nothing
        : { ok: true, value: { set: { state: 'disabled', disabled: { ...disabled, [reason]: held } } } },
  })
}

/** Takes reasons away; it runs again when those were the last. */
export function release(
  deps: ChangeDeps,
  actor: UserPrincipal | SystemActor,
  id: string,
  reasons: readonly DisabledReason[],
): Promise<Outcome<InstallationDocument>> {
  return changeInstallation(deps, actor, id, {
    action: 'installation.enable',
    from: HELD,
    details: { reasons: [...reasons] },
    patch: ({ disabled }) =>
      reasons.some((reason) => disabled?.[reason]) ? { ok: true, value: withReasons(disabled, reasons) } : nothing,
  })
}

/** The patch that takes reasons away, and the state that follows from what is left. */
export function withReasons(disabled: InstallationDocument['disabled'], gone: readonly DisabledReason[]): Patch {
  const left = Object.entries(disabled ?? {}).filter(([reason]) => !gone.some((each) => each === reason))
  if (left.length === 0) return { set: { state: 'active' }, unset: ['disabled'] }
  return { set: { state: 'disabled', disabled: Object.fromEntries(left) } }
}

const nothing = { ok: true, value: undefined } as const
