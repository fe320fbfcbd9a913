import type { Json, JsonObject } from '@annex/sdk/json'
import type { InvocationOutcome, InvocationRequest, Invocations } from '../../../runtime/invocations/invocation.ts'
import type { EndClass, LogLine, RunFailure } from '../../../runtime/sandbox/run.ts'

/** Ends a run of the fake the way the sandbox would. */
export class Ends extends Error {
  readonly failure: RunFailure
  constructor(end: EndClass, more: Partial<RunFailure> = {}) {
    super(end)
    const retryable = end === 'CRASH' || end === 'QUEUE'
    // What guest code throws by itself carries the error's name, as in the real sandbox.
    this.failure = {
      class: end,
      code: end === 'USER_ERROR' ? 'Error' : end,
      message: `ended: ${end}`,
      retryable,
      incident: false,
      ...more,
    }
  }
}

type Handler = (request: InvocationRequest) => Promise<Json> | Json | AsyncGenerator<Json>

export interface FakeInvocations extends Invocations {
  /** By `<installation> <path of the handler>`. */
  handlers: Map<string, Handler>
  requests: InvocationRequest[]
  /** Lets the run of a request log, with its next outcome. */
  say(request: InvocationRequest, ...lines: LogLine[]): void
}

/** Runs handlers in this process, in place of the sandbox: the one seam that these tests replace. */
export function createFakeInvocations(): FakeInvocations {
  const handlers = new Map<string, Handler>()
  const requests: InvocationRequest[] = []
  const said = new Map<InvocationRequest, LogLine[]>()

  async function open(request: InvocationRequest) {
    requests.push(request)
    const handler = handlers.get(`${request.installationId} ${request.handler.join('.')}`)
    let generator: AsyncGenerator<Json> | undefined
    return {
      runId: 'run_fake',
      next: (): Promise<InvocationOutcome> =>
        outcomeOf(request, said, async () => {
          if (!handler) throw new Ends('USER_ERROR', { code: 'NOT_FOUND' })
          if (!generator) {
            const answer = await handler(request)
            if (!isGenerator(answer)) return { value: answer, done: true }
            generator = answer
          }
          const { value, done } = await generator.next()
          return { value: value ?? null, done: done ?? false }
        }),
      close: async () => void (await generator?.return(null)),
    }
  }

  return {
    handlers,
    requests,
    say: (request, ...lines) => void said.set(request, [...(said.get(request) ?? []), ...lines]),
    open,
    async invoke(request) {
      const run = await open(request)
      const outcome = await run.next()
      await run.close()
      return outcome
    },
  }
}

async function outcomeOf(
  request: InvocationRequest,
  said: Map<InvocationRequest, LogLine[]>,
  step: () => Promise<{ value: Json; done: boolean }>,
): Promise<InvocationOutcome> {
  const rest = () => {
    const logs = said.get(request) ?? []
    said.delete(request)
    return { runId: 'run_fake', usage: { cpuMs: 1, wallMs: 1, hostCalls: 0 }, logs }
  }
  try {
    const { value, done } = await step()
    return { ok: true, value: JSON.parse(JSON.stringify(value)), done, ...rest() }
  } catch (error) {
    if (error instanceof Ends) return { ok: false, failure: error.failure, ...rest() }
    throw error
  }
}

function isGenerator(value: unknown): value is AsyncGenerator<Json> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** The options of a `read`. */
export function readOptions(request: InvocationRequest): { checkpoint: JsonObject | null; upperBound: string } {
  return request.args[0] as { checkpoint: JsonObject | null; upperBound: string }
}

/** The records of a `transform`, or the operations of a `write`. */
export function listOf(request: InvocationRequest): JsonObject[] {
  return request.args[0] as JsonObject[]
}
