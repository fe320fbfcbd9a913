import t, { type Test } from 'tap'
import { type Attack, COMPANIES, type Company, type Mode, modesOf } from './attack.ts'
import { type Breach, judge } from './judge.ts'
import { openStack, type Stack, type StackOptions } from './open-stack.ts'
import { runAttack } from './run-attack.ts'
import { runControls } from './run-controls.ts'

/** Attacks of one idea, or of a few that belong together. */
export interface AttackFamily {
  title: string
  attacks: readonly Attack[]
  stack?: StackOptions
}

interface Setting {
  mode: Mode
  company: Company
}

/** The long mode tries every mode that fits; else each attack runs once, in its hardest. */
const EVERY_MODE = process.env.TEST_MODES === 'every'
/** A breach of a deadline must show each time: others may use the machine. */
const TRIES = 3
/** For all modes of a family on a slow machine; what a single run may take is asserted. */
const FAMILY_MS = 15 * 60_000

/** Runs a family: each attack's control, then the attack itself in its modes, held against the pass rule. */
export function attackFamily({ title, attacks, stack: options = {} }: AttackFamily): void {
  t.setTimeout(FAMILY_MS)
  t.test(title, { timeout: FAMILY_MS }, async (t) => {
    const crowded = await openStack(t, 'crowded', options)
    const stacks = new Map<Company, Stack>([['crowded', crowded]])
    if (EVERY_MODE) stacks.set('alone', await openStack(t, 'alone', options))
    const controls = await runControls(t, crowded, attacks)
    let runs = 0
    for (const [index, attack] of attacks.entries()) {
      await t.test(attack.title, { timeout: FAMILY_MS }, async (t) => {
        t.ok(controls[index], `without the defence: ${controls[index] ?? 'no harm was seen'}`)
        for (const setting of settingsOf(attack)) {
          runs++
          await t.test(`${setting.mode}, ${setting.company}`, (t) => tryAttack(t, stacks, attack, setting))
        }
      })
    }
    const modes = new Set(attacks.flatMap(settingsOf).map(({ mode, company }) => `${mode} ${company}`))
    t.comment(`attacks: ${attacks.length}, modes: ${modes.size} (${[...modes].join(', ')}), runs: ${runs}`)
  })
}

function settingsOf(attack: Attack): Setting[] {
  const all = COMPANIES.flatMap((company) => modesOf(attack).map((mode) => ({ mode, company })))
  return EVERY_MODE ? all : all.slice(0, 1)
}

async function tryAttack(
  t: Test,
  stacks: Map<Company, Stack>,
  attack: Attack,
  { mode, company }: Setting,
): Promise<void> {
  const stack = stacks.get(company)
  if (!stack) throw new Error(`There is no stack to be ${company} on`)
  let breaches: Breach[] = []
  for (let tries = 1; tries <= TRIES; tries++) {
    const evidence = await runAttack(stack, attack, mode, company)
    breaches = judge(attack, mode, evidence)
    if (breaches.length === 0) {
      const { outcome, elapsedMs } = evidence.strikes.at(-1) ?? { elapsedMs: 0 }
      const end = outcome?.ok ? 'well' : outcome?.failure.class
      t.pass(`ended ${end} after ${Math.round(elapsedMs)} ms`)
      return
    }
    if (!breaches.every(({ late }) => late)) {
      t.comment(evidence.logged)
      break
    }
    t.comment(`try ${tries}: ${breaches.map(({ text }) => text).join('; ')}`)
  }
  t.fail(`the pass rule is broken: ${breaches.map(({ text }) => text).join('; ')}`)
}
