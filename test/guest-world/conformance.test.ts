import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openSandbox } from '../runtime/sandbox/start-guest.ts'
import { allAnswers, otherAnswers } from './conformance/program.ts'
import type { Answer } from './conformance/table.ts'
import { runInGuest } from './run-in-guest.ts'

const PROGRAM = join(import.meta.dirname, 'conformance', 'program.ts')

t.test('addresses, texts, headers and digests are those of Node', async (t) => {
  const here = await allAnswers()
  const odd = here.filter((answer) => answer.odd).length
  t.comment(`${here.length} inputs, ${odd} of them odd`)
  t.ok(here.length >= 400, 'there are at least 400 inputs')
  t.ok(odd * 2 >= here.length, 'at least half of them are odd')
  await sameInGuest(t, 'allAnswers', here)
})

t.test('so are messages, signals, timers and copies', async (t) => {
  await sameInGuest(t, 'otherAnswers', await otherAnswers())
})

async function sameInGuest(t: Test, name: string, here: Answer[]): Promise<void> {
  const there = (await runInGuest(await openSandbox(t), PROGRAM, name)) as unknown as Answer[]
  t.equal(there.length, here.length)
  for (const table of new Set(here.map((answer) => answer.table))) {
    const of = (answers: Answer[]) => answers.filter((answer) => answer.table === table)
    t.same(differences(of(here), of(there)), [], `${table}: ${of(here).length} inputs`)
  }
}

function differences(here: Answer[], there: Answer[]): object[] {
  return here.flatMap(({ input, output }, i) => {
    const other = there[i]
    return input === other?.input && output === other.output ? [] : [{ input, node: output, guest: other }]
  })
}
