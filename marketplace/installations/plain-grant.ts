import type { EffectiveGrant } from './effective-grant.ts'

/** What the runtime enforces as the plain objects that a patch takes. */
export function plainGrant({ grants, egress, injections }: EffectiveGrant) {
  return {
    grants,
    egress: egress.map((grant) => ({ ...grant })),
    injections: injections.map((injection) => ({ ...injection })),
  }
}
