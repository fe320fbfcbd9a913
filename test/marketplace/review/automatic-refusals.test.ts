import fc from 'fast-check'
import t from 'tap'
import {
  AUTOMATIC_RISK,
  type AutomaticFacts,
  automaticRefusals,
} from '../../../marketplace/review/automatic-refusals.ts'

const NOW = '2026-11-10T12:00:00.000Z'
const TRUSTED: AutomaticFacts = {
  verifiedPublisher: true,
  approvals: 1,
  firstApprovedAt: '2026-11-09T12:00:00.000Z',
  widened: [],
  risk: { score: AUTOMATIC_RISK - 1 },
  reviewFindings: [],
  flags: {},
  claimed: false,
  now: NOW,
}

/** One for each rule: what alone must keep a machine from approving. */
const BREAKS: Record<string, Partial<AutomaticFacts>> = {
  'an unverified publisher': { verifiedPublisher: false },
  'no approval of a person': { approvals: 0 },
  'a first version of less than a day': { firstApprovedAt: '2026-11-09T12:00:00.001Z' },
  'more than before': { widened: ['read:invoices is a new scope'] },
  'too much risk': { risk: { score: AUTOMATIC_RISK } },
  'a finding that wants a person': { reviewFindings: [{ rule: 'MAN-09' }] },
  'a rejection that no person has lifted': { flags: { manual_only: NOW } },
  'a moderator who switched it off': { flags: { automatic_off: NOW } },
  'open reports': { flags: { reported: NOW } },
  'a version that does not pass any more': { flags: { recheck_found: NOW } },
  'a reviewer who looks at it': { claimed: true },
}

t.test('what breaks no rule may be approved', async (t) => t.same(automaticRefusals(TRUSTED), []))

for (const [title, change] of Object.entries(BREAKS)) {
  t.test(`${title} is enough`, async (t) => t.equal(automaticRefusals({ ...TRUSTED, ...change }).length, 1))
}

t.test('whatever else is true, one broken rule is enough', async (t) => {
  const mostly = <T>(usual: T, other: T) =>
    fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(other) })
  const facts = fc.record({
    verifiedPublisher: mostly(true, false),
    approvals: mostly(2, 0),
    firstApprovedAt: mostly('2026-11-01T00:00:00.000Z', '2026-11-10T11:00:00.000Z'),
    widened: mostly<string[]>([], ['is a new scope']),
    risk: fc.record({ score: fc.nat(AUTOMATIC_RISK * 1.3) }),
    reviewFindings: mostly<{ rule: string }[]>([], [{ rule: 'CODE-03' }]),
    flags: fc.dictionary(
      fc.constantFrom('manual_only', 'automatic_off', 'reported', 'recheck_found'),
      fc.constant(NOW),
    ),
    claimed: mostly(false, true),
    now: fc.constant(NOW),
  })
  let approved = 0
  fc.assert(
    fc.property(facts, (some) => {
      const free = automaticRefusals(some).length === 0
      const sound =
        some.verifiedPublisher &&
        some.approvals > 0 &&
        some.firstApprovedAt.startsWith('2026-11-01') &&
        some.widened.length === 0 &&
        some.risk.score < AUTOMATIC_RISK &&
        some.reviewFindings.length === 0 &&
        Object.keys(some.flags).length === 0 &&
        !some.claimed
      if (free) approved++
      return free === sound
    }),
    { numRuns: 5000 },
  )
  t.ok(approved > 0, 'some were free, so that the property says something')
})
