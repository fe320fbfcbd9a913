import { RULE_SET, RULES } from '@annex/package/rules'
import t from 'tap'
import { buildApp } from './build-app.ts'

t.test('the rules, for everybody', async (t) => {
  const app = await buildApp(t)
  const url = new URL('/api/marketplace/rules', app.url)
  const answer = await fetch(url)
  const etag = answer.headers.get('etag') ?? ''

  t.test('are told with why and how to mend', async (t) => {
    t.equal(answer.status, 200)
    const body = (await answer.json()) as { ruleSet: string; rules: { id: string }[] }
    t.equal(body.ruleSet, RULE_SET)
    t.strictSame(
      body.rules.map(({ id }) => id),
      RULES.map(({ id }) => id),
    )
    t.match(
      body.rules.find(({ id }) => id === 'MAN-09'),
      { severity: 'review', stage: 'manifest', waivable: false, outside: true, title: /\w/, why: /\w/, fix: /\w/ },
    )
  })

  t.test('are not sent again to whoever has them', async (t) => {
    t.match(etag, /^"[0-9a-f]{64}"$/)
    const known = await fetch(url, { headers: { 'if-none-match': etag } })
    t.equal(known.status, 304)
    t.equal(await known.text(), '')
    t.equal((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status, 200)
  })
})
