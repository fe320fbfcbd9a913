import { createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface TakenMail {
  to: string
  /** Headers and text, as they came. */
  text: string
}

export interface MailServer {
  url: string
  mails: TakenMail[]
  /** Answers of the next messages: taken if there are none left. */
  refusals: string[]
}

/** A mail server on loopback that keeps what it gets. */
export async function startMailServer(t: Pick<Test, 'teardown'>): Promise<MailServer> {
  const mails: TakenMail[] = []
  const refusals: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    converse(socket, mails, refusals)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `smtp://127.0.0.1:${address.port}`, mails, refusals }
}

/** As much of RFC 5321 as a client needs. */
function converse(socket: Socket, mails: TakenMail[], refusals: string[]): void {
  const say = (line: string) => socket.write(`${line}\r\n`)
  let waiting = ''
  let to = ''
  let inData = false
  say('220 test')
  socket.setEncoding('utf8').on('data', (chunk) => {
    waiting += chunk
    for (;;) {
      const end = waiting.indexOf(inData ? '\r\n.\r\n' : '\r\n')
      if (end < 0) return
      const line = waiting.slice(0, end)
      waiting = waiting.slice(end + (inData ? 5 : 2))
      if (inData) {
        inData = false
        const refusal = refusals.shift()
        if (refusal === undefined) mails.push({ to, text: line })
        say(refusal ?? '250 taken')
      } else if (/^(EHLO|HELO)/i.test(line)) say('250 test')
      else if (/^RCPT TO:<(.*)>/i.test(line)) {
        to = /^RCPT TO:<(.*)>/i.exec(line)?.[1] ?? ''
        say('250 ok')
      } else if (/^DATA/i.test(line)) {
        inData = true
        say('354 go on')
      } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n')
      else say('250 ok')
    }
  })
}
