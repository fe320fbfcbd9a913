import type { Log } from '../log.ts'
import type { Cage } from './cage.ts'
import { type CagedProcess, type ProcessEnd, superviseProcess } from './caged-process.ts'
import { type CheckQuestion, parseCheckAnswer } from './check-protocol.ts'
import { FairLine } from './fair-line.ts'
import type { Frame } from './framing.ts'
import { jsonExcess } from './json-shape.ts'
import { CAGE_LIMITS, CHECK_LIMITS } from './limits.ts'
import type { ProcessFacts } from './process-facts.ts'

/**
 * How a question to a check child ended. `CHECK_FAILED`: it answered that it could not; `CHECK_TIMEOUT` and
 * `CHECK_MEMORY`: what it had to read took too much; the last two are no fault of what was asked.
 */
export type CheckResult<T> =
  | { ok: true; value: T }
  | {
      ok: false
      code: 'CHECK_FAILED' | 'CHECK_TIMEOUT' | 'CHECK_MEMORY' | 'CHECK_CRASHED' | 'CHECK_QUEUE'
      message: string
    }

interface Asked {
  question: CheckQuestion
  body: string | Uint8Array
  cpuMs: number
  /** The child's CPU when it was first looked at on this question. */
  cpuFrom?: number
  resolve(result: CheckResult<unknown>): void
}

/** One check child at a time, started at the first question and again after a death. Questions wait in line. */
export class CheckProcess {
  readonly #cage: Cage
  readonly #folder: string
  readonly #slot: number
  readonly #log: Log
  readonly #line = new FairLine<Asked>()
  #child: CagedProcess | undefined
  #current: Asked | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(cage: Cage, folder: string, slot: number, log: Log) {
    this.#cage = cage
    this.#folder = folder
    this.#slot = slot
    this.#log = log
  }

  /**
   * `cpuMs` is what the child may compute on it; it may take `CHECK_LIMITS.wallFactor` times as long. Owners are served in
   * turn.
   */
  ask<T>(question: CheckQuestion, body: string | Uint8Array, cpuMs: number, owner = ''): Promise<CheckResult<T>> {
    if (this.#closed || this.#isFull(owner)) {
      return Promise.resolve({ ok: false, code: 'CHECK_QUEUE', message: 'Too many checks are waiting' })
    }
    if (Buffer.byteLength(body) > CHECK_LIMITS.questionBytes) {
      return Promise.resolve({ ok: false, code: 'CHECK_MEMORY', message: MESSAGES.CHECK_MEMORY })
    }
    return new Promise((resolve) => {
      this.#line.add(owner, { question, body, cpuMs, resolve: resolve as Asked['resolve'] })
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const stopping = { ok: false, code: 'CHECK_QUEUE', message: 'The service is stopping' } as const
    for (const asked of this.#line.takeAll()) asked.resolve(stopping)
    const last = this.#child
    last?.kill('close')
    await last?.ended
  }

  #isFull(owner: string): boolean {
    return this.#line.size >= CHECK_LIMITS.queueLength || this.#line.sizeOf(owner) >= CHECK_LIMITS.queueLengthOfOne
  }

  #next(): void {
    if (this.#current) return
    this.#current = this.#line.next()
    if (!this.#current) return
    this.#child ??= this.#start()
    this.#child.watch(true)
    const wallMs = this.#current.cpuMs * CHECK_LIMITS.wallFactor
    this.#timer = setTimeout(() => this.#child?.kill('slice'), wallMs)
    this.#child.send(this.#current.question, this.#current.body)
  }

  #start(): CagedProcess {
    const started = superviseProcess(
      () => this.#cage.spawn(this.#folder, `${this.#folder}/check.cjs`, this.#slot),
      (frame) => this.#hear(frame),
      CHECK_LIMITS.frameBytes,
      (facts) => this.#look(facts),
    )
    started.ended.then((end) => {
      if (this.#child !== started) return
      this.#child = undefined
      this.#afterDeath(end)
    })
    return started
  }

  #afterDeath({ reason, signal, stderr }: ProcessEnd): void {
    if (this.#closed && !this.#current) return
    this.#log.warn({ reason, signal, stderr }, 'A check child ended')
    const memory = reason === 'memory' || (!reason && signal === 'SIGABRT')
    const code = reason === 'slice' ? 'CHECK_TIMEOUT' : memory ? 'CHECK_MEMORY' : 'CHECK_CRASHED'
    this.#settle({ ok: false, code, message: MESSAGES[code] })
  }

  #look({ cpuMs, residentBytes }: ProcessFacts): void {
    if (residentBytes > CHECK_LIMITS.residentBytes) return this.#child?.kill('memory')
    const current = this.#current
    if (!current) return
    current.cpuFrom ??= cpuMs
    if (cpuMs - current.cpuFrom > current.cpuMs) this.#child?.kill('slice')
  }

  #hear(frame: Frame): void {
    const answer = parseCheckAnswer(frame.header)
    if (!answer || !this.#current) return this.#child?.kill('protocol')
    if (!answer.ok)
      return this.#settle({
        ok: false,
        code: 'CHECK_FAILED',
        message: answer.message.slice(0, CAGE_LIMITS.messageChars),
      })
    const text = frame.body.toString('utf8')
    if (jsonExcess(text, CHECK_LIMITS)) return this.#child?.kill('protocol')
    try {
      this.#settle({ ok: true, value: JSON.parse(text) })
    } catch {
      this.#child?.kill('protocol')
    }
  }

  /** What earlier questions left behind is not to be the next one's fault. */
  #recycle(): void {
    const child = this.#child
    if (!child || (child.facts()?.residentBytes ?? 0) < CHECK_LIMITS.recycleBytes) return
    this.#child = undefined
    child.kill('close')
  }

  #settle(result: CheckResult<unknown>): void {
    clearTimeout(this.#timer)
    this.#child?.watch(false)
    this.#recycle()
    const asked = this.#current
    this.#current = undefined
    asked?.resolve(result)
    this.#next()
  }
}

const MESSAGES = {
  CHECK_TIMEOUT: 'It took longer to read than it may',
  CHECK_MEMORY: 'It took more memory to read than it may',
  CHECK_CRASHED: 'The check ended unexpectedly',
}
