import { createHmac } from 'node:crypto'
import t from 'tap'
import { eventually } from '../faults/eventually.ts'
import type { Person } from '../marketplace/gateway/build-app.ts'
import { install } from '../marketplace/gateway/marketplace-fixtures.ts'
import type { AnnexRun } from '../sdk/cli/run-annex.ts'
import { commentOn, enterHours } from './comment-on.ts'
import { openDeveloperDesk, type Submitted } from './developer-desk.ts'
import { hears, toldTo } from './hears.ts'
import { HOURS_SCOPES, type HoursGuard } from './hours-guard.ts'
import { joinOrganization } from './join-organization.ts'

/**
 * The way of an extension from the first file to the version that stays: each arrow of the flow is a step here, in its
 * order, and each decision goes both ways. The developer has a desk with the command line; everything else is HTTP.
 */
const MARKET = '/api/marketplace'
const NAME = '@acme/hours-guard'
const LISTING = `${MARKET}/catalog/acme/hours-guard`
const EXTENSION = `${MARKET}/extensions/acme/hours-guard`
const DAY_MS = 24 * 3_600_000
const SOON = { withinMs: 30_000 }
/** Asked for, and no line of the code needs it. */
const TOO_MUCH = { scope: 'write:chantiers', reason: 'Might be of use later' }

const FIRST: HoursGuard = {
  version: '0.1.0',
  rule: 'minutes > 600',
  required: [...HOURS_SCOPES, TOO_MUCH],
  changed: 'First version',
}

const folder = t.testdir()

t.test('the development of an extension', async (t) => {
  const desk = await openDeveloperDesk(t, folder)
  const { app, developer, reviewer, hook } = desk
  const admin = await app.person('ana')
  const member = await joinOrganization(app, admin, { name: 'mia', role: 'member' })
  let guard = FIRST
  let sent: Submitted
  let installation = ''
  let tested: AnnexRun

  t.test('A -> B: the developer creates an extension', async (t) => {
    const made = await desk.init()
    t.match({ code: made.code, ...made.json() }, { code: 0, name: NAME })
  })

  t.test('B -> C: configures the project', async (t) => {
    guard = { ...FIRST, rule: 'minutes < 600', dependencies: { '@acme/dates': '^1.0.0' } }
    desk.write(guard)
    t.match((await desk.annex('check', '--json')).json(), { ok: false }, 'it is built and looked at')
  })

  t.test('C -> D: writes what it does, and tests it on the own desk', async (t) => {
    tested = await desk.annex('test')
    for (const name of ['first', 'long-day', 'short-day']) t.match(tested.stdout, name)
  })

  t.test('D -> E, E -> F: the tests do not pass, and say where', async (t) => {
    t.equal(tested.code, 1)
    t.match(tested.stdout, /failed long-day[\s\S]*at \/tooLong\n\s+expected true\n\s+actual {3}false/)
  })

  t.test('F -> C, D -> E: the bug is mended, and the tests pass', async (t) => {
    guard = { ...guard, rule: FIRST.rule }
    desk.write(guard)
    const run = await desk.annex('test')
    t.match(run, { code: 0, stdout: '3 passed, 0 failed' })
  })

  t.test('E -> G, G -> H: it is submitted, and checked by the marketplace', async (t) => {
    sent = await desk.publish(1)
    t.match(sent, { id: String })
    t.match((await hears(developer, 'submission.received'))[0], { facts: { submissionId: sent.id } })
  })

  t.test('H -> I, I -> J: the check finds what only the marketplace knows, and reports it', async (t) => {
    t.match(sent, {
      reviewStatus: 'validation_failed',
      findings: [{ rule: String, message: /@acme\/dates/, fix: String }],
    })
    const shown = await developer.call('GET', `${MARKET}/submissions/${sent.id}`)
    t.match(shown.body, { status: 'SUBMITTED', open: false, nextStep: String, report: { executions: [{}] } })
    t.equal((await developer.call('GET', `${MARKET}/submissions/${sent.id}/report`)).status, 200)
    await desk.toldEveryWay(t, 'submission.validation_failed', /@acme\/dates/)
  })

  t.test('J -> L, L -> G: the developer corrects it and submits the same number again', async (t) => {
    guard = FIRST
    desk.write(guard)
    sent = await desk.publish(0)
    t.match(sent, { version: '0.1.0' })
  })

  t.test('G -> H, H -> I, I -> K: now the check passes, and a reviewer takes it', async (t) => {
    t.equal(sent.reviewStatus, 'in_review')
    t.match((await reviewer.call('GET', `${MARKET}/reviews`)).body, { data: [{ id: sent.reviewId, extension: NAME }] })
    t.match(await developer.call('POST', `${review()}/claim`), { status: 404 }, 'nobody reviews the own work')
    t.match((await reviewer.call('POST', `${review()}/claim`)).body, { claim: { by: reviewer.userId } })
    t.match((await hears(developer, 'review.claimed'))[0], { facts: { reviewId: sent.reviewId } })
  })

  t.test('K -> M: tests of security: every rule, and what is asked for against what is used', async (t) => {
    const { report, findings, risk } = await reviewed()
    for (const kind of ['PKG', 'CODE', 'SEC', 'MAN'])
      t.ok(
        report.executions.some(({ rule, outcome }) => rule.startsWith(`${kind}-`) && outcome === 'pass'),
        kind,
      )
    t.match(
      report.use.scopes.find(({ name }) => name === 'write:chantiers'),
      { asked: 'required', seen: 'never' },
    )
    t.match(
      report.use.scopes.find(({ name }) => name === 'write:timesheets'),
      { seen: 'code' },
    )
    t.ok(findings.some(({ rule }) => rule === 'MAN-10'))
    t.match(risk, { band: String, score: Number })
  })

  t.test('M -> N: tests of performance: what each example took, within its budget', async (t) => {
    const { report } = await reviewed()
    t.match(report.measured[0], { fixture: String, cpuMs: Number, memory: Number, hostCalls: Number })
    t.match(outcomeOf(report, 'RUN-01'), 'pass')
  })

  t.test('N -> O: tests of compatibility: each example on each platform that it is for', async (t) => {
    const { report } = await reviewed()
    const matrix = report.measured.map(({ fixture, platform }) => `${fixture} ${platform}`)
    for (const fixture of ['first', 'long-day', 'short-day'])
      for (const platform of ['1.0.0', '1.1.0'])
        t.ok(matrix.includes(`${fixture} ${platform}`), `${fixture} ${platform}`)
    t.match(outcomeOf(report, 'RUN-03'), 'pass')
  })

  t.test('O -> P, P -> Q: not all is well, and the developer is told what and why', async (t) => {
    await reviewer.call('POST', `${review()}/messages`, { text: 'What is write:chantiers for?' })
    await desk.toldEveryWay(t, 'review.message', /What is write:chantiers for/)
    const answer = { text: 'For nothing yet. It goes.' }
    t.equal((await developer.call('POST', `${review()}/messages`, answer)).status, 201)
    t.match((await reviewer.call('GET', `${review()}/messages`)).body, {
      data: [{ side: 'reviewer' }, { side: 'publisher', text: answer.text }],
    })
    const verdict = {
      verdict: 'changes_requested',
      digest: sent.digest,
      reasons: ['Ask for no scope that is not used'],
    }
    t.equal((await reviewer.call('POST', `${review()}/verdict`, verdict)).status, 200)
    await desk.toldEveryWay(t, 'review.changes_requested', /no scope that is not used/)
    t.match((await developer.call('GET', `${MARKET}/submissions/${sent.id}`)).body, {
      ...{ reviewStatus: 'changes_requested', reasons: verdict.reasons },
    })
    t.match((await app.call('GET', LISTING)).status, 404, 'nothing of it is in the catalog')
  })

  t.test('Q -> L, L -> G: what was reviewed keeps its number; the correction has a new one', async (t) => {
    guard = { ...FIRST, required: HOURS_SCOPES }
    desk.write(guard)
    t.match(await desk.publish(1), { reviewStatus: 'validation_failed', findings: [{ rule: 'VERSION_TAKEN' }] })
    guard = { ...guard, version: '0.1.1', changed: 'Asks for less' }
    desk.write(guard)
    sent = await desk.publish(0)
    t.match(sent, { version: '0.1.1', reviewStatus: 'in_review' })
  })

  t.test('K -> M -> N -> O -> P, P -> R: all is well, and it is approved', async (t) => {
    await reviewer.call('POST', `${review()}/claim`)
    const { report, open } = await reviewed()
    t.same(
      report.use.scopes.filter(({ seen }) => seen === 'never'),
      [],
    )
    for (const rule of ['RUN-01', 'RUN-02', 'RUN-03', 'RUN-05']) t.equal(outcomeOf(report, rule), 'pass', rule)
    t.same(open, [])
    const verdict = { verdict: 'approve', digest: sent.digest, reasons: ['Does what it says'] }
    t.match(await reviewer.call('POST', `${review()}/verdict`, verdict), { status: 200, body: { verdict: 'approve' } })
  })

  t.test('R -> S: it is published', async (t) => {
    t.match((await developer.call('GET', `${MARKET}/submissions/${sent.id}`)).body, {
      ...{ status: 'PUBLISHED', links: { catalog: LISTING } },
    })
  })

  t.test('S -> T: the developer is notified', async (t) => {
    await desk.toldEveryWay(t, 'review.approved', /approved/)
    const call = hook.calls.at(-1)
    const [secret, headers] = [desk.hookSecret, call?.headers ?? {}]
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${call?.body}`
    const mac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64')).update(signed)
    t.equal(headers['webhook-signature'], `v1,${mac.digest('base64')}`)
    t.match((await developer.call('GET', `${MARKET}/publishers/acme/webhook/deliveries`)).body, {
      data: [{ event: 'review.approved', state: 'delivered' }],
    })
  })

  t.test('T -> U: it is there for everybody', async (t) => {
    const found = async () => {
      const { data } = (await app.call('GET', `${MARKET}/catalog?q=hours+gard`)).body as {
        data: { extension: string }[]
      }
      return data.find(({ extension }) => extension === NAME)
    }
    t.match(await eventually('it is found', found, SOON), { version: '0.1.1', displayName: 'Hours guard' })
    installation = await install(admin, NAME)
    t.equal(await commentOn(member, 660), 'Longer than a day may be', 'a member enters hours, and it does its work')
    const short = await enterHours(member, 480)
    const delivered = async () => {
      const { data } = (await admin.call('GET', '/api/events/deliveries')).body as { data: { state: string }[] }
      return data.length === 2 && data.every(({ state }) => state === 'DELIVERED') ? data : undefined
    }
    await eventually('both were looked at', delivered, SOON)
    t.notHas((await member.call('GET', `/api/v1/timesheets/${short}`)).body, { comment: String })
  })

  t.test('U -> V: downloads are counted', async (t) => {
    t.equal((await app.call('GET', `${LISTING}/versions/0.1.1/package`)).status, 200)
    const counted = async () => {
      const { body } = await developer.call('GET', `${EXTENSION}/analytics`)
      return (body as { total: { downloads: number } }).total.downloads === 2 ? body : undefined
    }
    const body = await eventually('both are counted', counted, SOON)
    t.match(body, { data: [{ version: '0.1.1', downloads: 2, installs: '<5', organizations: '<5' }] })
    t.notMatch(JSON.stringify(body), new RegExp(admin.organizationId), 'whose they are is not said')
  })

  t.test('V -> W: how it is used is shown: to its admin, and to its publisher as the use of many', async (t) => {
    t.match((await admin.call('GET', `/api/usage?extension=${NAME}`)).body, {
      ...{ data: [{ installationId: installation }], activity: { invocations: Number } },
    })
    for (const name of ['ben', 'cyd', 'dan', 'eva']) {
      const other = await app.person(name)
      await install(other, NAME)
      t.equal(await commentOn(other, 700), 'Longer than a day may be')
    }
    const { body } = await developer.call('GET', `${EXTENSION}/analytics`)
    t.match(body, { data: [{ installs: 5, organizations: 5, activity: { failures: { extension: 0 } } }] })
    const { data } = body as { data: { activity: { invocations: number } }[] }
    t.ok((data[0]?.activity.invocations ?? 0) >= 6)
  })

  t.test('W -> X: users say what they think of it, and the publisher answers', async (t) => {
    const rating = { stars: 3, text: 'Nine hours are too long for us already' }
    t.match(await admin.call('PUT', `${EXTENSION}/ratings`, rating), { status: 403, body: { code: 'NOT_INSTALLED' } })
    app.clock.ahead += DAY_MS + 60_000
    t.equal((await member.call('PUT', `${EXTENSION}/ratings`, rating)).status, 403, 'an admin speaks for all')
    const given = await admin.call('PUT', `${EXTENSION}/ratings`, rating)
    t.equal(given.status, 200)
    t.match((await hears(developer, 'rating.given'))[0], { facts: { extension: NAME }, text: /3\/5[\s\S]*Nine hours/ })
    t.match((await developer.call('GET', `${EXTENSION}/ratings`)).body, { data: [rating] })
    const reply = { text: 'From 0.2.0 on they are' }
    t.equal((await developer.call('PUT', `${EXTENSION}/ratings/${given.text('id')}/reply`, reply)).status, 200)
    t.match((await hears(admin, 'rating.answered'))[0], { facts: { extension: NAME }, text: /From 0\.2\.0 on/ })
    t.match((await admin.call('GET', `${EXTENSION}/ratings`)).body, { data: [{ own: true, reply }] })
    t.match((await app.call('GET', LISTING)).body, { rating: { average: 3, count: 1 } })
  })

  t.test('X -> Y, Y -> Z: an update is needed, and a new version begun', async (t) => {
    t.match((await developer.call('GET', LISTING)).body, { version: '0.1.1', rating: { average: 3 } })
    guard = { ...guard, version: '0.2.0', rule: 'minutes > 540', changed: 'Nine hours are a long day' }
    desk.write(guard)
  })

  t.test('Z -> C, C -> D -> E -> G -> H -> I -> K: it goes the same way', async (t) => {
    t.match(await desk.annex('test'), { code: 0, stdout: '3 passed, 0 failed' })
    sent = await desk.publish(0)
    t.match(sent, { version: '0.2.0', reviewStatus: 'in_review' })
  })

  t.test('K -> M -> N -> O -> P -> R: beside the version that everybody has', async (t) => {
    await reviewer.call('POST', `${review()}/claim`)
    t.match(await reviewed(), { lastApproved: '0.1.1', open: [] })
    const difference = await reviewer.call('GET', `${review()}/difference`)
    t.match(difference.body, { before: { version: '0.1.1' }, after: { version: '0.2.0' }, widened: [] })
    t.match(JSON.stringify(difference.body), 'minutes > 540', 'the line that was changed is shown')
    const behaviour = (await reviewer.call('GET', `${review()}/behaviour`)).body as { fixtures: { fixture: string }[] }
    t.same([...new Set(behaviour.fixtures.map(({ fixture }) => fixture))].sort(), ['first', 'long-day', 'short-day'])
    t.match(behaviour.fixtures[0], { before: { ok: true, usage: { cpuMs: Number } }, after: { ok: true }, output: [] })
    const verdict = { verdict: 'approve', digest: sent.digest }
    t.equal((await reviewer.call('POST', `${review()}/verdict`, verdict)).status, 200)
  })

  t.test('R -> S -> T -> U: published, told and there for those who have it', async (t) => {
    t.match((await hears(developer, 'review.approved', 2)).at(-1), { facts: { version: '0.2.0' } })
    const upgraded = await admin.call('POST', `${MARKET}/installations/${installation}/upgrade`, {})
    t.match(upgraded.body, { state: 'active', version: '0.2.0', previous: { version: '0.1.1' } })
    t.equal(await commentOn(member, 560), 'Longer than a day may be', 'nine hours are a long day now')
  })

  t.test('Y -> AA: no update is needed, and the version is kept up', async (t) => {
    const old = { message: 'Use 0.2.0' }
    t.equal((await developer.call('POST', `${EXTENSION}/versions/0.1.1/deprecate`, old)).status, 200)
    const { data } = (await app.call('GET', `${LISTING}/versions`)).body as { data: object[] }
    t.match(data, [
      { version: '0.2.0', deprecated: false },
      { version: '0.1.1', deprecated: true },
    ])
  })

  t.test('AA -> BB: and the extension is stable', async (t) => {
    app.clock.ahead += DAY_MS
    t.match((await app.call('GET', LISTING)).body, { version: '0.2.0', channels: { latest: '0.2.0' } })
    t.equal(await commentOn(member, 600), 'Longer than a day may be')
    t.match((await admin.call('GET', `${MARKET}/installations/${installation}`)).body, {
      ...{ state: 'active', version: '0.2.0', disabled: [] },
    })
    t.same(await unwelcome(developer), [])
  })

  function review(): string {
    return `${MARKET}/reviews/${sent.reviewId}`
  }

  async function reviewed(): Promise<Reviewed> {
    return (await reviewer.call('GET', review())).body as Reviewed
  }
})

interface Reviewed {
  report: {
    executions: { rule: string; outcome: string }[]
    use: { scopes: { name: string; asked: string; seen: string }[] }
    measured: { fixture: string; platform: string }[]
  }
  findings: { rule: string }[]
  open: object[]
  risk: object
}

function outcomeOf({ executions }: Reviewed['report'], rule: string): string | undefined {
  return executions.find((each) => each.rule === rule)?.outcome
}

/** What says that something is wrong with a published version. */
async function unwelcome(person: Person): Promise<string[]> {
  return (await toldTo(person))
    .map(({ event }) => event)
    .filter((event) => /recheck|yanked|removed|disabled/.test(event))
}
