import t from 'tap'
import { createAddressPolicy } from '../../../runtime/egress/address.ts'
import { grant, openGate, outcomeOf, textOf } from './open-gate.ts'
import { startUpstream } from './start-upstream.ts'

t.test('only public unicast addresses pass', async (t) => {
  const { refuse } = createAddressPolicy([])
  for (const address of ['8.8.8.8', '93.184.216.34', '2606:4700::1111', '2a00:1450::1', '::ffff:8.8.8.8']) {
    t.equal(refuse(address), undefined, address)
  }
  const refused = [
    '0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.1.1 169.254.169.254 172.16.0.1 172.31.255.255',
    '192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255',
    ':: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:a00:1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::a00:1 2002:7f00:1::',
    '2001::1 2001:db8::1 2001:10::1 100::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 3fff::1 5f00::1 4000::1',
    'x 127.0.0.1.example 1.2.3.4.5',
  ]
  for (const address of refused.join(' ').split(' ')) t.ok(refuse(address), address)
})

t.test('exceptions open what they name and nothing beside it', async (t) => {
  const { refuse, isException } = createAddressPolicy(['10.20.0.0/16', 'fd00:1::/32'])
  for (const address of ['10.20.3.4', '::ffff:10.20.3.4', 'fd00:1::5']) {
    t.equal(refuse(address), undefined, address)
    t.ok(isException(address))
  }
  for (const address of ['10.21.0.1', '127.0.0.1', 'fd00:2::5', '::10.20.3.4']) {
    t.ok(refuse(address), address)
    t.notOk(isException(address))
  }
})

t.test('a range opens no cloud metadata inside it, an exception for the very address does', async (t) => {
  const { refuse } = createAddressPolicy(['169.254.0.0/16', '100.64.0.0/10', 'fd00:ec2::/32'])
  for (const address of ['169.254.1.1', '100.64.0.1', 'fd00:ec2::1']) t.equal(refuse(address), undefined, address)
  for (const address of ['169.254.169.254', '::ffff:169.254.169.254', '100.100.100.200', 'fd00:ec2::254']) {
    t.equal(refuse(address), 'cloud metadata', address)
  }
  t.equal(createAddressPolicy(['169.254.169.254/32']).refuse('169.254.169.254'), undefined)
})

t.test('refuses a literal address in every notation, even when it is granted', async (t) => {
  const victim = await startUpstream(t)
  const { port } = victim
  const hosts = [
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '127.0.0.1.',
    '１２７.0.0.1',
    '127。0。0。1',
  ]
  const grants = [
    grant('127.0.0.1', port),
    grant('[::ffff:7f00:1]', port),
    grant('[::1]', port),
    grant('*.0.0.1', port),
  ]
  const closed = await openGate(t, grants, { allowPrivateRanges: [] })
  const open = await openGate(t, grants)
  for (const host of [...hosts, '[::ffff:127.0.0.1]', '[::ffff:7f00:1]']) {
    const url = `http://${host}:${port}/`
    t.equal(outcomeOf(await open.get(url)), '200', `control: ${host} reaches the server when the operator allows it`)
    t.match(textOf(await closed.get(url)), /is an address, not a name/, host)
  }
  t.equal(victim.requests.length, hosts.length + 2)
  const rows = (await closed.audit.list('org_a')).data
  t.equal(rows.length, hosts.length + 2, 'each refusal was in the trail before it was answered')
  t.ok(rows.every((row) => row.outcome === 'refused' && row.rule === 'address-literal'))
})

t.test('refuses a name that leads to a private address', async (t) => {
  const victim = await startUpstream(t)
  const url = `http://api.erp.example:${victim.port}/`
  const grants = [grant('api.erp.example', victim.port)]
  const found = (...addresses: string[]) => ({
    lookup: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  })
  t.equal(outcomeOf(await (await openGate(t, grants, found('127.0.0.1'))).get(url)), '200', 'control')
  for (const addresses of [
    ['127.0.0.1'],
    ['::ffff:127.0.0.1'],
    ['::1'],
    ['8.8.8.8', '127.0.0.1'],
    ['127.0.0.1', '8.8.8.8'],
  ]) {
    const gate = await openGate(t, grants, { ...found(...addresses), allowPrivateRanges: [] })
    t.match(
      await gate.get(url),
      { ok: false, error: { code: 'EGRESS_DENIED', message: /not public/ } },
      addresses.join(),
    )
    t.match((await gate.audit.list('org_a')).data, [
      { outcome: 'refused', rule: 'address-not-public', target: 'api.erp.example' },
    ])
  }
  t.equal(victim.requests.length, 1)
})

t.test('dials the address that was checked, whatever the name says a moment later', async (t) => {
  const victim = await startUpstream(t, undefined, '127.0.0.2')
  const url = `http://rebind.example:${victim.port}/`
  const answers = () => {
    const list = ['8.8.8.8', '127.0.0.2', '127.0.0.2']
    return async () => [{ address: list.shift() ?? '127.0.0.2', family: 4 }]
  }
  const grants = [grant('rebind.example', victim.port)]
  const limits = { totalMs: 300 }
  const naive = await openGate(t, grants, { lookup: answers(), allowPrivateRanges: ['127.0.0.0/8'] })
  await naive.get(url, { limits })
  t.equal(outcomeOf(await naive.get(url)), '200', 'control: the second answer reaches the victim where it is allowed')
  const gate = await openGate(t, grants, { lookup: answers(), allowPrivateRanges: [] })
  t.not(outcomeOf(await gate.get(url, { limits })), '200', 'the public address is what is dialled')
  t.equal(outcomeOf(await gate.get(url)), 'EGRESS_DENIED')
  t.equal(victim.requests.length, 1)
})
