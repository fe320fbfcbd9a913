import type { Log } from '../log.ts'
import type { Cage } from './cage.ts'
import { type CagedProcess, superviseProcess } from './caged-process.ts'
import { type CheckQuestion, parseCheckAnswer } from './check-protocol.ts'
import type { Frame } from './framing.ts'
import { CHECK_LIMITS } from './limits.ts'
import type { ProcessFacts } from './process-facts.ts'

/** How a question to a check child ended. `failed`: it answered that it could not; the others: it is gone. */
export type CheckResult<T> =
  | { ok: true; value: T }
  | {
      ok: false
      code: 'CHECK_FAILED' | 'CHECK_TIMEOUT' | 'CHECK_MEMORY' | 'CHECK_CRASHED' | 'CHECK_QUEUE'
      message: string
    }

/** One check child at a time, started at the first question and again after a death. Questions wait in line. */
export interface CheckProcess {
  /** `cpuMs` is what the child may compute on it; it may take `CHECK_LIMITS.wallFactor` times as long. */
  ask<T>(question: CheckQuestion, body: string | Uint8Array, cpuMs: number): Promise<CheckResult<T>>
  close(): Promise<void>
}

interface Asked {
  question: CheckQuestion
  body: string | Uint8Array
  cpuMs: number
  /** The child's CPU when it was first looked at on this question. */
  cpuFrom?: number
  resolve(result: CheckResult<unknown>): void
}

export function createCheckProcess(cage: Cage, folder: string, slot: number, log: Log): CheckProcess {
  const line: Asked[] = []
  let child: CagedProcess | undefined
  let current: Asked | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  return { ask, close }

  function ask<T>(question: CheckQuestion, body: string | Uint8Array, cpuMs: number): Promise<CheckResult<T>> {
    if (closed || line.length >= CHECK_LIMITS.queueLength) {
      return Promise.resolve({ ok: false, code: 'CHECK_QUEUE', message: 'Too many checks are waiting' })
    }
    return new Promise((resolve) => {
      line.push({ question, body, cpuMs, resolve: resolve as Asked['resolve'] })
      next()
    })
  }

  function next(): void {
    if (current || line.length === 0) return
    current = line.shift() as Asked
    child ??= start()
    child.watch(true)
    timer = setTimeout(() => child?.kill('slice'), current.cpuMs * CHECK_LIMITS.wallFactor)
    child.send(current.question, current.body)
  }

  function start(): CagedProcess {
    const started = superviseProcess(cage.spawn(folder, `${folder}/check.cjs`, slot), hear, CHECK_LIMITS, look)
    started.ended.then(({ reason, signal, stderr }) => {
      if (child === started) child = undefined
      if (closed && !current) return
      log.warn({ reason, signal, stderr }, 'A check child ended')
      const memory = reason === 'memory' || (!reason && signal === 'SIGABRT')
      const code = reason === 'slice' ? 'CHECK_TIMEOUT' : memory ? 'CHECK_MEMORY' : 'CHECK_CRASHED'
      settle({ ok: false, code, message: MESSAGES[code] })
    })
    return started
  }

  function look({ cpuMs }: ProcessFacts): void {
    if (!current) return
    current.cpuFrom ??= cpuMs
    if (cpuMs - current.cpuFrom > current.cpuMs) child?.kill('slice')
  }

  function hear(frame: Frame): void {
    const answer = parseCheckAnswer(frame.header)
    if (!answer || !current) return child?.kill('protocol')
    if (!answer.ok) return settle({ ok: false, code: 'CHECK_FAILED', message: answer.message })
    try {
      settle({ ok: true, value: JSON.parse(frame.body.toString('utf8')) })
    } catch {
      child?.kill('protocol')
    }
  }

  function settle(result: CheckResult<unknown>): void {
    clearTimeout(timer)
    child?.watch(false)
    const asked = current
    current = undefined
    asked?.resolve(result)
    next()
  }

  async function close(): Promise<void> {
    closed = true
    for (const asked of line.splice(0))
      asked.resolve({ ok: false, code: 'CHECK_QUEUE', message: 'The service is stopping' })
    const last = child
    last?.kill('close')
    await last?.ended
  }
}

const MESSAGES = {
  CHECK_TIMEOUT: 'It took longer to read than it may',
  CHECK_MEMORY: 'It took more memory to read than it may',
  CHECK_CRASHED: 'The check ended unexpectedly',
}
