import { once } from 'node:events'
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { grant, openGate, outcomeOf, textOf } from '../../runtime/egress/open-gate.ts'
import { drip, pour, startRawServer } from './raw-server.ts'
import { type Idea, runIdeas } from './run-ideas.ts'

const HOST = 'api.erp.example'
const HEAD = 'HTTP/1.1 200 OK\r\n'
const ok = (body: string) => `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`

type Answering = Parameters<typeof startRawServer>[1]

/** How long a client that sets no deadline is watched, and how long the gate waits where only its deadline ends it. */
const WATCH_MS = 400
const DEADLINE_MS = 150
const AMPLE_MS = 5_000

interface Watched {
  settled: boolean
  bytes: number
}

/** A client without deadline or limit, and what it got by the time that it is watched. */
async function watchCareless(port: number): Promise<Watched> {
  const seen = { settled: false, bytes: 0 }
  const settle = () => {
    seen.settled = true
  }
  const request = get({ host: '127.0.0.1', port, maxHeaderSize: 1024 ** 3, insecureHTTPParser: true })
  request.on('response', (response) => response.resume().on('end', settle).on('error', settle)).on('error', settle)
  await sleep(WATCH_MS)
  const { settled } = seen
  seen.bytes = request.socket?.bytesRead ?? 0
  request.destroy()
  return { ...seen, settled }
}

/** One that reads lines and waits for the last. */
async function watchReader(port: number): Promise<Watched> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {}).resume()
  socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
  await sleep(WATCH_MS)
  const seen = { settled: socket.readableEnded, bytes: socket.bytesRead }
  socket.destroy()
  return seen
}

/** An answer that a patient client never sees the end of. */
function endless(title: string, answer: Answering, ends: RegExp, watch = watchCareless): Idea {
  return {
    title,
    async control(t) {
      const { port } = await startRawServer(t, answer)
      const { settled, bytes } = await watch(port)
      return settled ? undefined : `a client without limits still waits, after ${bytes} bytes`
    },
    async attack(t) {
      const { port, open } = await startRawServer(t, answer)
      const gate = await openGate(t, [grant(HOST, port)])
      const totalMs = ends.test('TIMEOUT') ? DEADLINE_MS : AMPLE_MS
      t.match(outcomeOf(await gate.get(`http://${HOST}:${port}/`, { limits: { totalMs } })), ends)
      for (let tries = 0; open() > 0 && tries < 100; tries++) await sleep(10)
      t.equal(open(), 0, 'the connection is closed')
    },
  }
}

const slowly =
  (first: string, piece: string): Answering =>
  (socket) => {
    socket.write(first)
    drip(socket, piece, 10)
  }
const poured =
  (first: string, piece: string): Answering =>
  (socket) => {
    socket.write(first)
    pour(socket, piece.repeat(Math.ceil(16_384 / piece.length)))
  }

runIdeas('answers without an end', [
  endless('headers, one letter at a time', slowly(`${HEAD}X-A: `, 'a'), /^TIMEOUT$/),
  endless('headers without an end', poured(HEAD, 'X-Header: some value of it\r\n'), /^CONNECTION_FAILED$/),
  endless('one header without an end', poured(`${HEAD}X-A: `, 'a'), /^CONNECTION_FAILED$/),
  endless('a reason without an end', poured('HTTP/1.1 200 ', 'O'), /^(TIMEOUT|CONNECTION_FAILED)$/),
  endless(
    'interim answers, again and again',
    poured('', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'),
    /^TIMEOUT$/,
  ),
  endless('interim answers, slowly', slowly('', 'HTTP/1.1 102 Processing\r\n\r\n'), /^TIMEOUT$/),
  endless('a body, one letter at a time', slowly(`${HEAD}Content-Length: 100000\r\n\r\n`, 'a'), /^TIMEOUT$/),
  endless('a body without an end', poured(`${HEAD}Connection: close\r\n\r\n`, 'a'), /^QUOTA_EXCEEDED$/),
  endless('chunks, slowly', slowly(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\na\r\n'), /^TIMEOUT$/),
  endless(
    'a chunk’s extension without an end',
    poured(`${HEAD}Transfer-Encoding: chunked\r\n\r\n1;`, 'x'),
    /^(TIMEOUT|CONNECTION_FAILED)$/,
    watchReader,
  ),
  endless(
    'trailers without an end',
    poured(`${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n`, 'X-T: t\r\n'),
    /^(TIMEOUT|CONNECTION_FAILED)$/,
  ),
  endless('nothing at all', () => {}, /^TIMEOUT$/),
])

/** An answer that means one thing to one reader and another to the next. */
function ambiguous(title: string, raw: string, harm: (body: string) => boolean): Idea {
  return {
    title,
    async control(t) {
      const { port } = await startRawServer(t, (socket) => socket.end(raw, 'latin1'))
      const body = await readLeniently(t, port)
      return body !== undefined && harm(body)
        ? `a lenient reader takes ${JSON.stringify(body.slice(0, 60))}`
        : undefined
    },
    async attack(t) {
      const { port } = await startRawServer(t, (socket) => socket.end(raw, 'latin1'))
      const gate = await openGate(t, [grant(HOST, port)])
      const result = await gate.get(`http://${HOST}:${port}/`)
      t.equal(outcomeOf(result), 'CONNECTION_FAILED')
      t.notMatch(textOf(result), /evil/)
    },
  }
}

/** All that came, as a reader takes it that looks for the blank line and for nothing else. */
async function readLeniently(t: Test, port: number): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
  let all = ''
  socket.on('data', (chunk) => {
    all += chunk.toString('latin1')
  })
  await once(socket, 'close')
  return all
}

const evil = (body: string) => body.includes('evil')

runIdeas('answers that mean two things', [
  ambiguous('two lengths', `${HEAD}Content-Length: 2\r\nContent-Length: 6\r\n\r\nokevil`, evil),
  ambiguous('two lengths in one line', `${HEAD}Content-Length: 2, 6\r\n\r\nokevil`, evil),
  ambiguous(
    'a length and chunks',
    `${HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n`,
    evil,
  ),
  ambiguous(
    'chunks that are not last',
    `${HEAD}Transfer-Encoding: chunked, identity\r\nContent-Length: 4\r\n\r\nevil`,
    evil,
  ),
  ambiguous('a length below zero', `${HEAD}Content-Length: -4\r\n\r\nevil`, evil),
  ambiguous('a length with a sign', `${HEAD}Content-Length: +4\r\n\r\nevil`, evil),
  ambiguous('a length in hexadecimal', `${HEAD}Content-Length: 0x4\r\n\r\nevil`, evil),
  ambiguous('a length beyond all numbers', `${HEAD}Content-Length: 99999999999999999999\r\n\r\nevil`, evil),
  ambiguous('a length that is not reached', `${HEAD}Content-Length: 100\r\n\r\nevil`, evil),
  ambiguous('a chunk of impossible size', `${HEAD}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nevil`, evil),
  ambiguous('a folded header', `${HEAD}X-A: b\r\n Content-Length: 4\r\nContent-Length: 4\r\n\r\nevil`, evil),
  ambiguous('a blank before the colon', `${HEAD}Content-Length : 4\r\n\r\nevil`, evil),
  ambiguous('a NUL in a header', `${HEAD}X-A: b\0c\r\nContent-Length: 4\r\n\r\nevil`, evil),
  ambiguous('no status line', 'evil answer of HTTP/0.9\r\n\r\n', evil),
  ambiguous('another protocol', 'SSH-2.0-evil\r\n\r\n', evil),
  ambiguous('a version of its own', `HTTP/9.9 200 OK\r\nContent-Length: 4\r\n\r\nevil`, evil),
  ambiguous(
    'a change of protocol that nobody asked for',
    'HTTP/1.1 101 Switching\r\nUpgrade: evil\r\nConnection: Upgrade\r\n\r\n',
    evil,
  ),
])

/** A reader that takes the next answer from what is left of the last one. */
async function readTwo(t: Test, port: number): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let unread = ''
  socket.on('data', (chunk) => {
    unread += chunk.toString('latin1')
  })
  const ask = async (path: string) => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    for (;;) {
      const [, length] = /Content-Length: (\d+)\r\n\r\n/.exec(unread) ?? []
      const start = unread.indexOf('\r\n\r\n') + 4
      if (length !== undefined && unread.length >= start + Number(length)) {
        const body = unread.slice(start, start + Number(length))
        unread = unread.slice(start + Number(length))
        return body
      }
      await sleep(2)
    }
  }
  await ask('/first')
  return ask('/second')
}

const twoAnswers: Answering = (socket, head) =>
  socket.write(head.startsWith('GET /first') ? ok('first') + ok('evil answer') : ok('second'))
const lateAnswer: Answering = (socket, head) => {
  socket.write(head.startsWith('GET /first') ? ok('first') : ok('second'))
  if (head.startsWith('GET /first')) setTimeout(() => socket.write(ok('evil answer')), 20)
}

function poison(title: string, answer: Answering, pauseMs: number): Idea {
  return {
    title,
    async control(t) {
      const { port } = await startRawServer(t, twoAnswers)
      const second = await readTwo(t, port)
      return second === 'evil answer' ? 'the next request got the answer that was left over' : undefined
    },
    async attack(t) {
      const { port } = await startRawServer(t, answer)
      const gate = await openGate(t, [grant(HOST, port)])
      for (let round = 0; round < 5; round++) {
        t.equal(textOf(await gate.get(`http://${HOST}:${port}/first`)), 'first')
        await sleep(pauseMs)
        const second = await gate.get(`http://${HOST}:${port}/second`)
        t.match(second.ok ? textOf(second) : outcomeOf(second), /^(second|CONNECTION_FAILED)$/)
      }
    },
  }
}

runIdeas('answers to questions that nobody asked', [
  poison('two answers in one piece', twoAnswers, 0),
  poison('two answers in one piece, and a pause', twoAnswers, 30),
  poison('a second answer while the connection rests', lateAnswer, 40),
])
