import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import type { Test } from 'tap'

/** What a name is answered with: the texts of its TXT records, each in its pieces, or something else. */
export type DnsAnswer = readonly (readonly string[])[] | 'no-such-name' | 'no-data' | 'failure' | 'silence'

export interface NameServer {
  /** `address:port`. */
  address: string
  /** By name; any other name does not exist. */
  answers: Map<string, DnsAnswer>
  questions: string[]
  /** Answers are held back until this resolves. */
  held?: Promise<void>
}

const CODES = { 'no-such-name': 3, 'no-data': 0, failure: 2 } as const

/** A real name server on the loopback interface (RFC 1035, over UDP) that knows TXT records. Closed when `t` ends. */
export async function startNameServer(t: Pick<Test, 'teardown'>): Promise<NameServer> {
  const server: NameServer = { address: '', answers: new Map(), questions: [] }
  const socket = createSocket('udp4')
  socket.on('message', async (message: Buffer, { port, address }: RemoteInfo) => {
    const { name, end } = readName(message, 12)
    server.questions.push(name)
    await server.held
    const answer = server.answers.get(name) ?? 'no-such-name'
    if (answer === 'silence') return
    const records = typeof answer === 'string' ? [] : answer
    const header = Buffer.alloc(12)
    message.copy(header, 0, 0, 2)
    // A response that is authoritative, with recursion offered.
    header.writeUInt16BE(0x8580 | (typeof answer === 'string' ? CODES[answer] : 0), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(records.length, 6)
    socket.send(Buffer.concat([header, message.subarray(12, end + 4), ...records.map(txtRecord)]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => new Promise<void>((resolve) => socket.close(() => resolve())))
  server.address = `127.0.0.1:${socket.address().port}`
  return server
}

function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = []
  let at = start
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

/** Of the name in the question, which stands at byte 12. */
function txtRecord(pieces: readonly string[]): Buffer {
  const data = Buffer.concat(pieces.map((piece) => Buffer.concat([Buffer.from([piece.length]), Buffer.from(piece)])))
  const head = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0])
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}
