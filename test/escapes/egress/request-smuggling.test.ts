import { connect } from 'node:net'
import type { Test } from 'tap'
import type { HeaderPair } from '../../../runtime/egress/request-headers.ts'
import { grant, openGate, outcomeOf } from '../../runtime/egress/open-gate.ts'
import { type RawServer, startRawServer } from './raw-server.ts'
import { type Idea, runIdeas } from './run-ideas.ts'

const SMUGGLED = 'GET /admin HTTP/1.1\r\nHost: internal.example\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

interface Asked {
  method?: string
  path?: string
  headers?: HeaderPair[]
  body?: string
}

const start = (t: Test) => startRawServer(t, (socket) => socket.write(OK))

/** Writes what it is given, as a client does that puts strings together. */
async function writeCarelessly(
  t: Test,
  { port }: RawServer,
  { method = 'POST', path = '/', headers = [], body }: Asked,
) {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const length =
    body === undefined || /content-length|transfer-encoding/i.test(lines) ? '' : `Content-Length: ${body.length}\r\n`
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: api.erp.example\r\n${length}${lines}\r\n${body ?? ''}`, 'latin1')
  await new Promise((resolve) => setTimeout(resolve, 30))
}

function idea(title: string, asked: Asked, harm: (received: string) => boolean): Idea {
  return {
    title,
    async control(t) {
      const server = await start(t)
      await writeCarelessly(t, server, asked)
      return harm(server.received.join('')) ? 'the server saw what was smuggled' : undefined
    },
    async attack(t) {
      const server = await start(t)
      const gate = await openGate(t, [grant('api.erp.example', server.port)])
      const { method = 'POST', path = '/', headers = [], body } = asked
      const url = `http://api.erp.example:${server.port}${path}`
      const sent = body === undefined ? {} : { body: Buffer.from(body) }
      const outcome = outcomeOf(await gate.get(url, { request: { url, method, headers, ...sent } }))
      const received = server.received.join('')
      t.match(outcome, /^(INVALID_ARGUMENT|200)$/)
      if (outcome !== '200') t.equal(received, '', 'nothing was sent')
      t.notOk(harm(received))
    },
  }
}

const twoRequests = (received: string) => (received.match(/ HTTP\/1\.1\r\n/g) ?? []).length > 1
const has = (line: RegExp) => (received: string) => line.test(received)

runIdeas('a second request inside the first', [
  idea('a line end in a header’s value', { headers: [['X-A', `b\r\n\r\n${SMUGGLED}`]] }, twoRequests),
  idea('a line end in a header’s name', { headers: [[`X-A: b\r\n\r\n${SMUGGLED}X-B`, 'c']] }, twoRequests),
  idea('a bare line feed in a value', { headers: [['X-A', 'b\nHost: internal.example']] }, has(/\nHost: internal/)),
  idea('a bare carriage return in a value', { headers: [['X-A', 'b\rX-Role: admin']] }, has(/\rX-Role/)),
  idea('a line end in the path', { path: '/ HTTP/1.1\r\nHost: x\r\n\r\nGET /admin' }, twoRequests),
  idea('a line end in the method', { method: `GET / HTTP/1.1\r\nHost: x\r\n\r\nPOST` }, twoRequests),
  idea('a shorter length than the body', { headers: [['Content-Length', '0']], body: SMUGGLED }, twoRequests),
  idea(
    'chunks that end early',
    { headers: [['Transfer-Encoding', 'chunked']], body: `0\r\n\r\n${SMUGGLED}` },
    twoRequests,
  ),
  idea('a length under another spelling', { headers: [['content-LENGTH', '0']], body: SMUGGLED }, twoRequests),
  idea('a body that looks like a request', { headers: [['Content-Length ', '0']], body: SMUGGLED }, has(/Length : 0/)),
])

runIdeas('headers that are the platform’s alone', [
  idea('another virtual host', { headers: [['Host', 'internal.example']] }, has(/Host: internal\.example/i)),
  idea('a change of protocol', { headers: [['Upgrade', 'h2c']] }, has(/Upgrade: h2c/i)),
  idea(
    'a header that a proxy takes off',
    { headers: [['Connection', 'Authorization']] },
    has(/Connection: Authorization/i),
  ),
  idea('a wait for permission', { headers: [['Expect', '100-continue']] }, has(/Expect:/i)),
  idea('credentials for a proxy', { headers: [['Proxy-Authorization', 'Basic eA==']] }, has(/Proxy-Authorization/i)),
  idea('the address of somebody else', { headers: [['Forwarded', 'for=10.0.0.1']] }, has(/Forwarded:/i)),
  idea('a method that makes a tunnel', { method: 'CONNECT', path: '/' }, has(/^CONNECT/)),
  idea('a method that echoes', { method: 'TRACE' }, has(/^TRACE/)),
])
