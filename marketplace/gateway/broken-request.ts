import type { Socket } from 'node:net'
import type { Clock } from '../../runtime/clock.ts'
import type { ServiceError } from '../errors.ts'
import { PROBLEM_TYPE, problemOf } from './problems.ts'
import { Refusal } from './refusal.ts'

/** Faults of the HTTP parser, in which there is no request yet to answer: the connection gets its problem and ends. */
export function answerBrokenRequest(
  error: Error & { code?: string },
  socket: Socket,
  { requestId, clock }: { requestId: string; clock: Clock },
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const refusal = new Refusal(refusalOf(error.code))
  const problem = problemOf(refusal, { requestId, timestamp: clock.iso(), hasCursor: false })
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.code}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function refusalOf(code: string | undefined): ServiceError {
  if (code === 'HPE_HEADER_OVERFLOW') return { code: 'PAYLOAD_TOO_LARGE', message: 'the headers are too large' }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { code: 'INVALID_ARGUMENT', message: 'the request took too long' }
  return { code: 'INVALID_ARGUMENT', message: 'this is not HTTP' }
}
