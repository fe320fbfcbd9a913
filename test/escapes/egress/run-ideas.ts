import t, { type Test } from 'tap'

/** One way to get out of the gate, or at what is behind it. */
export interface Idea {
  title: string
  /** Tries it on a client that has no gate; answers the harm that was seen. An idea without any proves nothing. */
  control(t: Test): Promise<string | undefined>
  /** Tries the same on the gate. */
  attack(t: Test): Promise<void>
}

/** Runs ideas that belong together: of each its control, then the attack itself. */
export function runIdeas(title: string, ideas: readonly Idea[]): void {
  t.test(title, async (t) => {
    for (const { title, control, attack } of ideas) {
      await t.test(title, async (t) => {
        const harm = await control(t)
        t.ok(harm, `without the gate: ${harm ?? 'no harm was seen'}`)
        await attack(t)
      })
    }
    t.comment(`attacks: ${ideas.length}`)
  })
}
