import { domainToUnicode } from 'node:url'
import { grant, openGate, outcomeOf } from '../../runtime/egress/open-gate.ts'
import { startUpstream } from '../../runtime/egress/start-upstream.ts'
import { openCarelessClient } from './careless-client.ts'
import { type Idea, runIdeas } from './run-ideas.ts'

const GRANTED = 'api.erp.example'

/** Checks that people have really written in the place of a parser. */
const CHECKS = {
  contains: (url: string) => url.includes(GRANTED),
  begins: (url: string) => url.startsWith(`http://${GRANTED}`),
  ends: (url: string) => new URL(url).hostname.replace(/\.$/, '').endsWith('erp.example'),
  'has no dot rule': (url: string) => new URL(url).hostname.endsWith('.github.io'),
  'goes by what a person sees': (url: string) =>
    domainToUnicode(new URL(url).hostname).replace('\u0430', 'a') === GRANTED,
}

/** A URL that leads to a stranger's server though a careless check lets it pass. */
function trick(title: string, url: (port: number) => string, check: keyof typeof CHECKS, granted = GRANTED): Idea {
  return {
    title,
    async control(t) {
      const victim = await startUpstream(t)
      if (!CHECKS[check](url(victim.port))) return undefined
      await openCarelessClient(t)(url(victim.port))
      return victim.requests.length === 1 ? `a check that ${check} lets it reach the stranger` : undefined
    },
    async attack(t) {
      const victim = await startUpstream(t)
      const gate = await openGate(t, [grant(granted, victim.port)])
      t.match(outcomeOf(await gate.get(url(victim.port))), /^(EGRESS_DENIED|INVALID_ARGUMENT)$/)
      t.equal(victim.requests.length, 0, 'nothing was sent')
      t.match((await gate.audit.list('org_a')).data, [{ outcome: 'refused' }])
    },
  }
}

runIdeas('names that look like the granted one', [
  trick('the granted name before the stranger’s', (port) => `http://${GRANTED}.evil.example:${port}/`, 'begins'),
  trick('the granted name in the query', (port) => `http://evil.example:${port}?${GRANTED}`, 'contains'),
  trick('the granted name behind a hash', (port) => `http://evil.example:${port}#@${GRANTED}/`, 'contains'),
  trick('the granted name behind a backslash', (port) => `http://evil.example:${port}\\@${GRANTED}/`, 'contains'),
  trick('the granted name in the path', (port) => `http://evil.example:${port}/${GRANTED}`, 'contains'),
  trick('a longer label under a wildcard', (port) => `http://evilerp.example:${port}/`, 'ends', '*.erp.example'),
  trick('the wildcard’s own base', (port) => `http://erp.example:${port}/`, 'ends', '*.erp.example'),
  trick('a dot at the end', (port) => `http://${GRANTED}.:${port}/`, 'ends'),
  trick('a dot at the end under a wildcard', (port) => `http://a.erp.example.:${port}/`, 'ends', '*.erp.example'),
  trick('a letter of another script', (port) => `http://аpi.erp.example:${port}/`, 'goes by what a person sees'),
  trick('punycode of a look-alike', (port) => `http://xn--pi-6kc.erp.example:${port}/`, 'goes by what a person sees'),
  trick('a wildcard over a public suffix', (port) => `http://a.github.io:${port}/`, 'has no dot rule', '*.github.io'),
  trick('percent signs in the name', (port) => `http://%65vil.example:${port}/${GRANTED}`, 'contains'),
  trick('tabs and line ends that a parser drops', (port) => `ht\ntp://ev\til.example:${port}/${GRANTED}`, 'contains'),
  trick('a third slash', (port) => `http:///evil.example:${port}/${GRANTED}`, 'contains'),
  trick('another port of the granted host', (port) => `http://${GRANTED}:${port}/`, 'contains', 'other.erp.example'),
])

runIdeas('user information', [
  {
    title: 'the granted name as a user of the stranger’s server',
    async control(t) {
      const victim = await startUpstream(t)
      const url = `http://${GRANTED}@evil.example:${victim.port}/`
      const client = openCarelessClient(t)
      // The standard's own client refuses user information; what careless code does is to take it off.
      await client(url.replace(`${GRANTED}@`, ''))
      return url.startsWith(`http://${GRANTED}`) && victim.requests.length === 1 ? 'it reached the stranger' : undefined
    },
    async attack(t) {
      const victim = await startUpstream(t)
      const gate = await openGate(t, [grant(GRANTED, victim.port), grant('evil.example', victim.port)])
      for (const user of [`${GRANTED}@`, `${GRANTED}:80@`, `a:b@`, '@@']) {
        const url = `http://${user}evil.example:${victim.port}/`
        t.match(outcomeOf(await gate.get(url)), /EGRESS_DENIED|INVALID_ARGUMENT/, url)
      }
      t.equal(victim.requests.length, 0)
    },
  },
])
