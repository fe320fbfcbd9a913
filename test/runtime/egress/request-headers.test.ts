import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import t from 'tap'
import { checkRequestHeaders, type HeaderPair } from '../../../runtime/egress/request-headers.ts'
import { grant, openGate, outcomeOf } from './open-gate.ts'
import { startUpstream } from './start-upstream.ts'

t.test('refuses headers that frame or route the message', async (t) => {
  const fine: HeaderPair[] = [
    ['X-Fine', 'yes'],
    ['Authorization', 'Bearer x'],
    ['Cookie', 'a=1'],
  ]
  t.equal(checkRequestHeaders(fine), undefined)
  const forbidden =
    'Host host HOST Connection Content-Length Transfer-Encoding TE Trailer Upgrade Keep-Alive Expect Via Forwarded ' +
    'Proxy-Authorization Proxy-Connection Sec-Fetch-Mode Accept-Encoding HTTP2-Settings'
  for (const name of forbidden.split(' '))
    t.match(checkRequestHeaders([[name, 'x']]), { code: 'INVALID_ARGUMENT' }, name)
})

t.test('refuses names and values that no header can have', async (t) => {
  for (const name of ['', 'a b', 'a:', 'a\r\nHost', 'a\0', 'é', ' host', 'host ', 'Host\t']) {
    t.match(checkRequestHeaders([[name, 'x']]), { code: 'INVALID_ARGUMENT' }, JSON.stringify(name))
  }
  for (const value of ['a\r\nX: y', 'a\nb', 'a\rb', 'a\0b', 'a\x7fb', 'snow ☃', '\u010a']) {
    t.match(checkRequestHeaders([['x', value]]), { code: 'INVALID_ARGUMENT' }, JSON.stringify(value))
  }
  t.equal(checkRequestHeaders([['x', 'tab\tand é']]), undefined)
})

t.test('refuses too many headers, and too long ones', async (t) => {
  const many = (count: number) => Array.from({ length: count }, (_, i): HeaderPair => [`x-${i}`, 'v'])
  t.equal(checkRequestHeaders(many(64)), undefined)
  t.match(checkRequestHeaders(many(65)), { code: 'INVALID_ARGUMENT' })
  t.match(checkRequestHeaders([['x', 'v'.repeat(33_000)]]), { code: 'INVALID_ARGUMENT' })
})

t.test('no second request hides in the first', async (t) => {
  // A server that shows the bytes: what arrives must be one request and nothing behind it.
  let bytes = ''
  const server = createServer((socket) => {
    socket.on('data', (chunk) => {
      bytes += chunk.toString('latin1')
      if (bytes.includes('\r\n\r\n')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const gate = await openGate(t, [grant('api.erp.example', port)])
  const smuggled = 'GET /admin HTTP/1.1\r\nHost: internal\r\n\r\n'
  const headers: HeaderPair[][] = [
    [['Content-Length', '0']],
    [['Transfer-Encoding', 'chunked']],
    [['X-A', `b\r\n\r\n${smuggled}`]],
    [[`X-A: b\r\n\r\n${smuggled}`, 'c']],
  ]
  for (const list of headers) {
    const request = { url: '', method: 'POST', headers: list, body: Buffer.from(smuggled) }
    t.equal(outcomeOf(await gate.get(`http://api.erp.example:${port}/`, { request })), 'INVALID_ARGUMENT')
  }
  t.equal(bytes, '', 'nothing left the gate')
  const url = `http://api.erp.example:${port}/a%0d%0aHost:%20x?q=\r\n\r\n${smuggled}`
  t.equal(outcomeOf(await gate.get(url)), '200')
  t.equal(bytes.match(/HTTP\/1\.1\r\n/g)?.length, 1, 'one request line')
  t.equal(bytes.indexOf('\r\n\r\n'), bytes.length - 4, 'nothing after its end')
})

t.test('control: plain headers arrive as they were given', async (t) => {
  const upstream = await startUpstream(t)
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const request = {
    url: '',
    method: 'GET',
    headers: [
      ['X-A', 'b'],
      ['User-Agent', 'mine'],
    ] as HeaderPair[],
  }
  await gate.get(`http://api.erp.example:${upstream.port}/`, { request })
  t.match(upstream.requests[0]?.headers, { 'x-a': 'b', 'user-agent': 'mine', 'accept-encoding': 'gzip, deflate, br' })
})
