import t from 'tap'
import { openTestStore } from '../../runtime/storage/open-test-store.ts'
import { halves } from '../halves.ts'
import { createMeeting } from './meeting.ts'

t.test('one act meets another at the call that is named', async (t) => {
  const meeting = createMeeting()
  const store = meeting.watch(await openTestStore(t, [halves]))
  const mine = store.forOrganization('org_a')(halves)
  const seen: string[] = []
  const main = async () => {
    await mine.insert({ _id: 'one', pair: 1 })
    seen.push('one')
    await store.tx(async (tx) => {
      await tx.forOrganization('org_a')(halves).insert({ _id: 'two', pair: 1 })
      await tx.forOrganization('org_a')(halves).get('two')
    })
    seen.push('two')
    await mine.deleteWhere({ pair: 1 })
    seen.push('gone')
  }
  const rival = async () => {
    await store.tx(async (tx) =>
      tx
        .forOrganization('org_b')(halves)
        .find({ where: { pair: 1 } }),
    )
    seen.push('rival')
  }
  const orders: [string, number, string, boolean][] = [
    ['between', 1, 'rival one two gone', true],
    ['between', 2, 'one rival two gone', true],
    ['between', 3, 'one two rival gone', true],
    ['between', 9, 'one two gone rival', false],
  ]
  for (const [how, at, order, waited] of orders) {
    const met = await meeting.hold(how as 'between', at, main, rival)
    t.equal(seen.splice(0).join(' '), order)
    t.equal(met.waited, waited)
  }
  t.same((await meeting.hold('between', 9, main, rival)).calls, { between: 3, beside: 5 })
  seen.length = 0
  await meeting.hold('beside', 3, main, rival)
  t.ok(seen.includes('rival'), 'it may begin inside a transaction of the other')
})
