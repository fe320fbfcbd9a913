import type { Attack } from '../harness/attack.ts'
import type { BareRequest } from '../harness/bare-world.ts'
import { fails, yields } from '../harness/control.ts'

type World = BareRequest['world']

/** An attack whose code answers 'escaped' when it came through, and 'held' when it did not. */
export function escapeAttack(title: string, code: string, world: World, more: Partial<Attack> = {}): Attack {
  return {
    title,
    code,
    harmless: (value) => value === 'held',
    control: yields((value) => value === 'escaped', world),
    ...more,
  }
}

/** An attack by what it throws. Without the defence the host's own handling of errors says `shown`. */
export function throwAttack(title: string, code: string, shown: RegExp, world: World = 'isolate'): Attack {
  return { title, code, ends: ['USER_ERROR'], control: fails((text) => shown.test(text), world) }
}
