import type { Log } from '../log.ts'
import type { Cage } from './cage.ts'
import { type CagedProcess, type KillReason, type ProcessEnd, superviseProcess } from './caged-process.ts'
import type { Frame } from './framing.ts'
import { CAGE_LIMITS } from './limits.ts'
import type { ProcessFacts } from './process-facts.ts'
import { processLayers } from './process-layers.ts'
import { type FromChild, parseFromChild, type ToChild } from './protocol.ts'
import type { EndClass } from './run.ts'

/** How a child died, for the question that was open (the offender) and for those that waited behind it. */
export interface Death {
  class: Extract<EndClass, 'CPU' | 'WALL' | 'MEMORY' | 'CRASH' | 'CANCELLED'>
  message: string
  /** Whether the asker's own question was open: otherwise a neighbour's end took it along. */
  offender: boolean
  /** What the open slice had computed, as far as was seen. */
  cpuMs: number
}

export type Answer = { ok: true; message: FromChild; body: Buffer } | { ok: false; death: Death }

interface Open {
  question: ToChild
  /** The installation that the question serves, for the log. */
  owner: string
  cpuMs: number
  /** The child's CPU when it was first looked at with this question open, and what it used since. */
  cpuFrom?: number
  usedMs: number
  resolve(answer: Answer): void
}

/** A child that answers questions strictly in order, each within its computing time. */
export class GuestProcess {
  readonly ready: Promise<boolean>
  readonly ended: Promise<ProcessEnd>
  readonly #cage: Cage
  readonly #log: Log
  readonly #child: CagedProcess
  readonly #startTimer: NodeJS.Timeout
  readonly #open: Open[] = []
  #markReady: (ready: boolean) => void = () => {}
  #alive = true
  #timer: NodeJS.Timeout | undefined

  constructor(cage: Cage, folder: string, slot: number, log: Log) {
    this.#cage = cage
    this.#log = log
    this.ready = new Promise((resolve) => {
      this.#markReady = resolve
    })
    this.#child = superviseProcess(
      () => cage.spawn(folder, `${folder}/guest.cjs`, slot),
      (frame) => this.#receive(frame),
      CAGE_LIMITS,
      (facts) => this.#look(facts),
    )
    this.#startTimer = setTimeout(() => this.kill('start'), CAGE_LIMITS.startMs)
    this.ended = this.#child.ended.then((end) => {
      this.#bury(end)
      return end
    })
  }

  get pid(): number {
    return this.#child.pid
  }

  isAlive(): boolean {
    return this.#alive
  }

  /** Whether no question is open. */
  isIdle(): boolean {
    return this.#open.length === 0
  }

  /**
   * Never rejects. `cpuMs` is what the child may compute on it: time in which others hold the processor does not count,
   * as long as the child wants to run.
   */
  ask(question: ToChild, body: string | Uint8Array, cpuMs: number, owner = ''): Promise<Answer> {
    return new Promise((resolve) => {
      if (!this.#alive) return resolve({ ok: false, death: crashed('The sandbox process is gone') })
      this.#open.push({ question, owner, cpuMs, usedMs: 0, resolve })
      if (this.#open.length === 1) this.#armDeadline()
      this.#child.send(question, body)
    })
  }

  /** From here on it counts as gone, though the operating system may take a moment. */
  kill(reason: KillReason): void {
    this.#alive = false
    this.#child.kill(reason)
  }

  /** To be called when nothing is open: takes its present memory for its size at rest. Bytes. */
  rest(): number {
    return this.#child.rest()?.residentBytes ?? 0
  }

  #receive(frame: Frame): void {
    const message = parseFromChild(frame.header)
    if (message?.t === 'ready') return this.#becomeReady(message.probes)
    const [asked] = this.#open
    if (!message || !asked || !isAnswerTo(message, asked.question)) return this.kill('protocol')
    this.#open.shift()
    this.#armDeadline()
    asked.resolve({ ok: true, message, body: frame.body })
  }

  #becomeReady(probes: Record<string, boolean>): void {
    clearTimeout(this.#startTimer)
    const seen = processLayers(this.pid)
    const broken = this.#cage.layers.filter(
      ({ active, name }) => active && (isBroken(name, probes) || seen[name] === false),
    )
    if (broken.length === 0) {
      this.rest()
      return this.#markReady(true)
    }
    this.#log.error({ layers: broken.map(({ name }) => name) }, 'A containment layer does not hold in a sandbox child')
    this.kill('start')
  }

  #armDeadline(): void {
    clearTimeout(this.#timer)
    const [first] = this.#open
    this.#child.watch(first !== undefined)
    if (first) this.#timer = setTimeout(() => this.#onDeadline(first), first.cpuMs + CAGE_LIMITS.sliceGraceMs)
  }

  /** Lets an answer in that waits in the pipe, should the service itself have been busy; then nobody may be silent. */
  #onDeadline(first: Open): void {
    setImmediate(() => {
      if (!this.#alive || this.#open[0] !== first) return
      if (!this.#child.facts()?.runnable) return this.kill('slice')
      this.#timer = setTimeout(() => this.#onDeadline(first), CAGE_LIMITS.sliceGraceMs)
    })
  }

  #look({ cpuMs }: ProcessFacts): void {
    const [first] = this.#open
    if (!first) return
    first.cpuFrom ??= cpuMs
    first.usedMs = cpuMs - first.cpuFrom
    if (first.usedMs > first.cpuMs) this.kill('slice')
  }

  #bury(end: ProcessEnd): void {
    this.#alive = false
    clearTimeout(this.#timer)
    clearTimeout(this.#startTimer)
    this.#markReady(false)
    const death = classify(end)
    const [first] = this.#open
    if (death.class !== 'CANCELLED') {
      const facts = { pid: this.pid, ...end, end: death.class, owner: first?.owner, question: first?.question.t }
      this.#log.warn(facts, 'A sandbox child ended')
    }
    for (const { resolve, usedMs } of this.#open.splice(0, 1)) {
      resolve({ ok: false, death: { ...death, offender: death.class !== 'CANCELLED', cpuMs: usedMs } })
    }
    for (const { resolve } of this.#open.splice(0)) resolve({ ok: false, death: neighbour() })
  }
}

function isAnswerTo(message: FromChild, question: ToChild): boolean {
  if (message.t === 'loaded') return question.t === 'load' && message.unit === question.unit
  if (message.t === 'slice') return SLICES.has(question.t) && 'run' in question && message.run === question.run
  return message.t === 'done' && DONE.has(question.t)
}

const SLICES: ReadonlySet<ToChild['t']> = new Set(['run', 'deliver', 'pull', 'abort'])
const DONE: ReadonlySet<ToChild['t']> = new Set(['end', 'unload', 'ping'])

function neighbour(): Death {
  return crashed('Another run of this organization ended the sandbox process')
}

function crashed(message: string): Death {
  return { class: 'CRASH', message, offender: false, cpuMs: 0 }
}

/** A fifth more than a guest's heap: a run that has grown beyond it has left its heap behind. */
const OVER_HEAP_BYTES = CAGE_LIMITS.guestHeapMb * 1.2e6

/** V8 and the C library end with SIGABRT when an allocation fails; a memory fault or a failed check ends otherwise. */
function classify({ reason, signal, grownBytes }: ProcessEnd): Pick<Death, 'class' | 'message'> {
  if (reason === 'close' || reason === 'cancelled') return { class: 'CANCELLED', message: 'The run was stopped' }
  if (reason === 'slice' && grownBytes > OVER_HEAP_BYTES)
    return { class: 'MEMORY', message: 'The run used more memory than it may' }
  if (reason === 'slice') return { class: 'CPU', message: 'The code did not come back within its time slice' }
  if (reason === 'wall') return { class: 'WALL', message: 'The run took longer than its deadline' }
  if (reason === 'memory') return { class: 'MEMORY', message: 'The run used more memory than it may' }
  if (!reason && signal === 'SIGABRT')
    return { class: 'MEMORY', message: 'The run asked for more memory than there is' }
  return { class: 'CRASH', message: 'The sandbox process ended unexpectedly' }
}

const LAYER_PROBES: Record<string, readonly string[]> = {
  'node-permissions': ['no-file-read', 'no-file-write', 'no-processes', 'no-workers', 'no-connections'],
  'no-jit': ['no-webassembly'],
  'empty-environment': ['empty-environment'],
  'own-user': ['own-user'],
  'network-namespace': ['no-interfaces'],
}

function isBroken(layer: string, probes: Record<string, boolean>): boolean {
  return (LAYER_PROBES[layer] ?? []).some((probe) => probes[probe] !== true)
}
