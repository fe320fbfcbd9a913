import t from 'tap'
import { assessRisk, BANDS, type RiskFacts } from '../../../marketplace/review/risk.ts'
import { turnOf } from '../../../marketplace/review/turn.ts'

const HARMLESS: RiskFacts = {
  findings: [],
  capabilities: { scopes: { required: [], optional: [] }, egress: [], configHosts: [] },
  widened: [],
  first: false,
  changedCode: 0,
  rejections: 0,
  approvals: 0,
  openReports: 0,
  recheckFound: false,
  organizations: 0,
  verifiedPublisher: true,
  publisherDays: 400,
}

t.test('what is harmless has no risk and no reasons', async (t) => {
  t.same(assessRisk(HARMLESS), { score: 0, band: 'low', reasons: [] })
})

const WORSE: Record<string, Partial<RiskFacts>> = {
  'a finding that wants a person': { findings: [{ rule: 'MAN-09', severity: 'review' }] },
  'eval in the code': { findings: [{ rule: 'CODE-02', severity: 'warning' }] },
  'more than before': { widened: ['read:invoices is a new scope'] },
  'the first version': { first: true },
  'much new code': { changedCode: 200 * 1024 },
  'earlier rejections': { rejections: 2 },
  'open reports': { openReports: 1 },
  'a version in the catalog that does not pass any more': { recheckFound: true },
  'many organizations': { organizations: 5000 },
  'an unverified publisher': { verifiedPublisher: false },
  'a young publisher': { publisherDays: 3 },
}

for (const [title, change] of Object.entries(WORSE)) {
  t.test(`${title} adds to the risk, and says so`, async (t) => {
    const { score, reasons } = assessRisk({ ...HARMLESS, ...change })
    t.ok(score > 0)
    t.equal(reasons.length, 1)
  })
}

t.test('good history takes away, and never below nothing', async (t) => {
  const facts = { ...HARMLESS, first: true, approvals: 1 }
  t.equal(assessRisk(facts).score, 10)
  t.equal(assessRisk({ ...HARMLESS, approvals: 50 }).score, 0)
})

t.test('no history hides a miner', async (t) => {
  const findings = [{ rule: 'CODE-13', severity: 'error' }] as const
  t.equal(assessRisk({ ...HARMLESS, approvals: 1000, findings }).band, 'high')
})

t.test('a hundred findings of one rule weigh no more than its most', async (t) => {
  const findings = Array.from({ length: 100 }, () => ({ rule: 'DOC-05', severity: 'warning' }) as const)
  t.equal(assessRisk({ ...HARMLESS, findings }).score, BANDS.high)
})

t.test('more risk is looked at sooner, and nothing waits for ever', async (t) => {
  const monday = '2026-11-02T08:00:00.000Z'
  const tuesday = '2026-11-03T08:00:00.000Z'
  const thursday = '2026-11-05T08:00:00.000Z'
  t.ok(turnOf(tuesday, 'high') < turnOf(monday, 'low'))
  t.ok(turnOf(monday, 'low') < turnOf(thursday, 'high'), 'who has waited for days comes before it all the same')
  t.ok(turnOf(monday, 'high') < turnOf(tuesday, 'high'))
})
