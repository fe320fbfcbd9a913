import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'
import type { ServerClient, ServerRequest } from './server-client.ts'

export interface FailedRun {
  id: string
  endedAt: string
  /** `schedules.nightly failed: TIMEOUT: The call took too long (src/index.ts:12:3)` */
  text: string
}

interface Entry {
  id: string
  endedAt: string
  handler: string
  failure?: { code: string; message: string; stack?: string }
}

/** A run that throws need not have logged anything: its end is known from the list of runs alone. */
export async function readFailedRuns(client: ServerClient, request: ServerRequest): Promise<FailedRun[]> {
  const { data } = await client.send(request)
  if (!Array.isArray(data)) throw new CliError(EXIT.server, 'BAD_ANSWER', 'The server did not answer with runs')
  return (data as Entry[]).map(({ id, endedAt, handler, failure }) => {
    return { id, endedAt, text: `${handler} failed${failure ? `: ${reasonOf(failure)}` : ''}` }
  })
}

function reasonOf({ code, message, stack = '' }: NonNullable<Entry['failure']>): string {
  const place = /\(?((?!node_modules)[^\s()]+:\d+:\d+)\)?$/m.exec(stack)?.[1]
  return `${code}: ${message}${place ? ` (${place})` : ''}`
}
