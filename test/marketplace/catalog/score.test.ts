import fc from 'fast-check'
import t from 'tap'
import { MOST_SCORE, type Standing, scoreOf } from '../../../marketplace/catalog/score.ts'

const fresh: Standing = {
  ...{ ratings: 0, stars: 0, organizations: 0, publishedDay: 20_000, day: 20_000, verified: true, deprecated: false },
}

t.test('installations alone buy no place', async (t) => {
  const bought = scoreOf({ ...fresh, organizations: 1_000_000_000 })
  t.ok(bought - scoreOf(fresh) <= 0.3 * MOST_SCORE)
  const liked = scoreOf({ ...fresh, organizations: 50, ratings: 40, stars: 195 })
  t.ok(
    liked > scoreOf({ ...fresh, organizations: 5_000, ratings: 40, stars: 60 }),
    'what is liked beats what is spread',
  )
  t.ok(
    scoreOf({ ...fresh, ratings: 1, stars: 5 }) < scoreOf({ ...fresh, ratings: 50, stars: 240 }),
    'one rating is little',
  )
})

t.test('who is not verified, and what is deprecated, counts half', async (t) => {
  for (const half of [{ verified: false }, { deprecated: true }])
    t.ok(Math.abs(scoreOf({ ...fresh, ...half }) - scoreOf(fresh) / 2) <= 1)
})

t.test('a score is whole and within its bounds', async (t) => {
  const standing = fc.nat({ max: 1e6 }).chain((ratings) =>
    fc.record({
      ratings: fc.constant(ratings),
      stars: fc.integer({ min: ratings, max: 5 * ratings }),
      organizations: fc.nat(),
      publishedDay: fc.nat({ max: 40_000 }),
      day: fc.nat({ max: 40_000 }),
      verified: fc.boolean(),
      deprecated: fc.boolean(),
    }),
  )
  fc.assert(
    fc.property(standing, (one) => {
      const score = scoreOf(one)
      return Number.isInteger(score) && score >= 0 && score <= MOST_SCORE
    }),
  )
  t.pass()
})
