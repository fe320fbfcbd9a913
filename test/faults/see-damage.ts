import type { Test } from 'tap'
import type { Store } from '../../runtime/storage/port.ts'
import { checkInvariants } from './checker.ts'
import type { Invariant } from './invariant.ts'

/** By the name of an invariant: what breaks it in a sound store, each in one way. */
export type Damages = Readonly<Record<string, Readonly<Record<string, (store: Store) => Promise<unknown>>>>>

/** Each invariant has damages of its own, and reports every one of them. */
export function seeDamage(
  t: Test,
  invariants: readonly Invariant[],
  { damages, soundStore }: { damages: Damages; soundStore(): Promise<Store> },
): void {
  for (const { name } of invariants) {
    t.test(`damage is seen: ${name}`, async (t) => {
      const own = Object.entries(damages[name] ?? {})
      t.not(own.length, 0)
      for (const [what, damage] of own) {
        const store = await soundStore()
        t.teardown(() => store.close())
        await damage(store)
        const found = await checkInvariants(store, invariants)
        t.ok(
          found.some((line) => line.startsWith(`${name}: `)),
          what,
        )
      }
    })
  }
}
