import t from 'tap'
import { makeSites } from '../../../../extensions-examples/costructor-erp/server/make-sites.ts'

t.test('the same arguments make the same sites', async (t) => {
  t.strictSame(makeSites(500, 40), makeSites(500, 40))
})

t.test('says exactly which rows are faulty', async (t) => {
  const sound = new Map(makeSites(1000, 0).sites.map((site) => [site.id, site]))
  const { sites, broken, trials } = makeSites(1000, 40)
  t.equal(broken.length, 25)
  const faulty = new Set(broken.map(({ id }) => id))
  const different = sites.filter((site) => JSON.stringify(site) !== JSON.stringify(sound.get(site.id)))
  t.strictSame(different.map(({ id }) => id).sort(), broken.map(({ id }) => id).sort())
  const named = sites.filter(({ name }) => name?.startsWith('TEST '))
  t.strictSame(
    named.map(({ id }) => id),
    trials,
  )
  t.notOk(
    trials.some((id) => faulty.has(id)),
    'a trial is not faulty',
  )
})
