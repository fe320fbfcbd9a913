import type { Test } from 'tap'
import { grant, openGate, outcomeOf, textOf } from '../../runtime/egress/open-gate.ts'
import { startUpstream, type Upstream } from '../../runtime/egress/start-upstream.ts'
import { openCarelessClient } from './careless-client.ts'
import { type Idea, runIdeas } from './run-ideas.ts'

/** A literal that reaches this machine, though a list of "127." and "10." would not know it. */
function literal(title: string, host: string, bind = '127.0.0.1'): Idea {
  return {
    title,
    async control(t) {
      const victim = await startUpstream(t, undefined, bind)
      const answer = await openCarelessClient(t)(`http://${host}:${victim.port}/`)
      return answer.ok && victim.requests.length === 1 ? `${host} reached the machine itself` : undefined
    },
    async attack(t) {
      const victim = await startUpstream(t, undefined, bind)
      const names = [host, new URL(`http://${host}`).hostname, '*.0.0.1']
      const gate = await openGate(
        t,
        names.map((name) => grant(name, victim.port)),
        { allowPrivateRanges: [] },
      )
      t.equal(outcomeOf(await gate.get(`http://${host}:${victim.port}/`)), 'EGRESS_DENIED', 'even when it is granted')
      t.equal(victim.requests.length, 0)
    },
  }
}

runIdeas('addresses in the place of names', [
  literal('an address', '127.0.0.1'),
  literal('one decimal number', '2130706433'),
  literal('one hexadecimal number', '0x7f000001'),
  literal('octal parts', '0177.0.0.01'),
  literal('missing parts', '127.1'),
  literal('mixed notations', '0x7f.0.1'),
  literal('digits of another script', '①②⑦.0.0.1'),
  literal('full stops of another script', '127。0。0。1'),
  literal('a dot at the end', '127.0.0.1.'),
  literal('another address of the loopback network', '127.8.9.10', '127.8.9.10'),
  literal('the address that means any', '0.0.0.0'),
  literal('zero', '0'),
  literal('IPv6 loopback', '[::1]', '::1'),
  literal('the IPv6 address that means any', '[::]', '::1'),
  literal('IPv4 inside IPv6', '[::ffff:127.0.0.1]'),
  literal('IPv4 inside IPv6, in hexadecimal', '[::ffff:7f00:1]'),
  literal('IPv6 with all its zeros', '[0000:0000:0000:0000:0000:0000:0000:0001]', '::1'),
])

/** A granted name whose owner lets it lead inside. */
function inside(title: string, name: string, addresses: string[], bind = '127.0.0.1'): Idea {
  const url = (victim: Upstream) => `http://${name}:${victim.port}/`
  return {
    title,
    async control(t) {
      const victim = await startUpstream(t, undefined, bind)
      await openCarelessClient(t, () => addresses.at(-1) ?? '')(url(victim))
      return victim.requests.length === 1 ? `${name} led inside` : undefined
    },
    async attack(t) {
      const victim = await startUpstream(t, undefined, bind)
      const gate = await openGate(t, [grant(name, victim.port)], {
        allowPrivateRanges: [],
        lookup: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      })
      t.match(textOf(await gate.get(url(victim))), /resolves to an address that is not public/)
      t.equal(victim.requests.length, 0)
      t.match((await gate.audit.list('org_a')).data, [{ outcome: 'refused', rule: 'address-not-public', target: name }])
    },
  }
}

runIdeas('names that lead inside', [
  inside('a name for the loopback address', 'api.erp.example', ['127.0.0.1']),
  inside('a name for the address that means any', 'api.erp.example', ['0.0.0.0']),
  inside('a name for IPv4 inside IPv6', 'api.erp.example', ['::ffff:127.0.0.1']),
  inside('a good address before a bad one', 'api.erp.example', ['8.8.8.8', '127.0.0.1']),
  inside('a good IPv6 address before a bad one', 'api.erp.example', ['2606:4700::1111', '::1'], '::1'),
  inside('a name below localhost', 'api.localhost', ['127.0.0.1']),
  inside('a cloud’s own name for its metadata', 'metadata.google.internal', ['169.254.169.254', '127.0.0.1']),
])

/** Each is where something answers that trusts whoever asks; none may be dialled, whatever list forgot it. */
const INSIDE: Record<string, string> = {
  'the link-local metadata service': '169.254.169.254',
  'the metadata service of containers': '169.254.170.2',
  'Azure’s host, on a public address': '168.63.129.16',
  'Alibaba’s metadata, in the carriers’ range': '100.100.100.200',
  'carrier-grade NAT': '100.64.0.1',
  'a private network': '10.0.0.5',
  'another private network': '172.31.255.1',
  'benchmark networks': '198.19.0.1',
  documentation: '203.0.113.7',
  multicast: '239.1.2.3',
  broadcast: '255.255.255.255',
  reserved: '250.0.0.1',
  'NAT64 to the loopback address': '64:ff9b::7f00:1',
  'local NAT64': '64:ff9b:1::a00:5',
  '6to4 to a private network': '2002:a00:5::1',
  Teredo: '2001:0:7f00:1::1',
  'IPv4-compatible IPv6': '::127.0.0.1',
  'IPv4-translated IPv6': '::ffff:0:10.0.0.5',
  'a unique local address': 'fd00::5',
  'AWS metadata on IPv6': 'fd00:ec2::254',
  'link-local with a zone': 'fe80::1%lo',
  'site-local': 'fec0::1',
  'IPv6 multicast': 'ff02::1',
  'documentation on IPv6': '2001:db8::1',
}

runIdeas('ranges where nothing public is', [
  {
    title: `${Object.keys(INSIDE).length} addresses, by name`,
    async control() {
      const careless = /^(127\.|10\.|192\.168\.|::1$)/
      const missed = Object.values(INSIDE).filter((address) => !careless.test(address))
      return missed.length > 15 ? `a list of the usual ranges misses ${missed.length}` : undefined
    },
    async attack(t) {
      for (const [what, address] of Object.entries(INSIDE))
        t.equal(await outcomeFor(t, address, []), 'EGRESS_DENIED', what)
    },
  },
  {
    title: 'cloud metadata inside a range that the operator opened',
    async control(t) {
      const outcomes = [
        await outcomeFor(t, 'fd00::5', ['fd00::/8']),
        await outcomeFor(t, '169.254.1.1', ['169.254.0.0/16']),
      ]
      return outcomes.includes('EGRESS_DENIED') ? undefined : 'the rest of the range is open'
    },
    async attack(t) {
      t.equal(await outcomeFor(t, 'fd00:ec2::254', ['fd00::/8']), 'EGRESS_DENIED')
      t.equal(await outcomeFor(t, '169.254.169.254', ['169.254.0.0/16', '0.0.0.0/0']), 'EGRESS_DENIED')
      t.not(
        await outcomeFor(t, '169.254.169.254', ['169.254.169.254/32']),
        'EGRESS_DENIED',
        'unless it is named itself',
      )
    },
  },
])

/** What becomes of a request to a name with this address; nobody answers there. */
async function outcomeFor(t: Test, address: string, allowPrivateRanges: string[]): Promise<string> {
  const gate = await openGate(t, [grant('api.erp.example', 81)], {
    allowPrivateRanges,
    lookup: async () => [{ address, family: address.includes(':') ? 6 : 4 }],
  })
  return outcomeOf(await gate.get('http://api.erp.example:81/', { limits: { totalMs: 100 } }))
}
