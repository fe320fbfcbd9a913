import t from 'tap'
import { cleanSite } from '../../../extensions-examples/site-cleaner/src/clean-site.ts'
import { cleanPostalCode } from '../../../extensions-examples/site-cleaner/src/postal-code.ts'
import { statusOf } from '../../../extensions-examples/site-cleaner/src/status-words.ts'
import { titleCase } from '../../../extensions-examples/site-cleaner/src/title-case.ts'

const site = { reference: 'CH-1', name: 'halle', status: 'clos' }

t.test('capitals as French writes them', async (t) => {
  t.equal(titleCase('RÉSIDENCE des TILLEULS'), 'Résidence des Tilleuls')
  t.equal(titleCase('bourg-en-bresse'), 'Bourg-en-Bresse')
  t.equal(titleCase('les sables'), 'Les Sables')
  t.equal(titleCase('école saint-exupéry 12'), 'École Saint-Exupéry 12')
})

t.test('postal codes become five digits, foreign ones stay', async (t) => {
  t.equal(cleanPostalCode('44 000'), '44000')
  t.equal(cleanPostalCode('F-69003'), '69003')
  t.equal(cleanPostalCode('1000'), '01000')
  t.equal(cleanPostalCode('SW1A 1AA'), 'SW1A 1AA')
})

t.test('status words in both languages, accents and capitals aside', async (t) => {
  t.equal(statusOf('EN COURS'), 'ACTIVE')
  t.equal(statusOf('Planifié'), 'PLANNED')
  t.equal(statusOf('on hold'), 'PAUSED')
  t.equal(statusOf('terminé'), 'CLOSED')
  t.equal(statusOf('???'), undefined)
})

t.test('days that the calendar lacks are refused', async (t) => {
  for (const startsOn of ['2026-02-30', '2026-13-01', '01/02/2026', '2026-00-10']) {
    t.match(
      cleanSite({ ...site, startsOn }, { keepTestSites: false }),
      { error: { code: 'DATE_IMPOSSIBLE' } },
      startsOn,
    )
  }
  t.match(cleanSite({ ...site, startsOn: '2028-02-29' }, { keepTestSites: false }), { ok: { startsOn: '2028-02-29' } })
})

t.test('test sites are dropped with a reason, or kept when asked', async (t) => {
  const trial = { ...site, name: 'TEST halle' }
  t.match(cleanSite(trial, { keepTestSites: false }), { drop: /test site/ })
  t.match(cleanSite(trial, { keepTestSites: true }), { ok: { name: 'Test Halle' } })
  t.match(cleanSite({ ...site, name: 'Testaments anciens' }, { keepTestSites: false }), { ok: {} }, 'only the word')
})

t.test('fields that it does not know pass unchanged', async (t) => {
  t.match(cleanSite({ ...site, budget: '1.50', other: { deep: 1 } }, { keepTestSites: false }), {
    ok: { budget: '1.50', other: { deep: 1 } },
  })
})
