import type { Log } from '../log.ts'
import type { Cage } from './cage.ts'
import { type CagedProcess, type KillReason, type ProcessEnd, superviseProcess } from './caged-process.ts'
import { FINISHED } from './child/prelude/finished.ts'
import { FairLine } from './fair-line.ts'
import type { Frame } from './framing.ts'
import { CAGE_LIMITS } from './limits.ts'
import { MemoryAccount } from './memory-account.ts'
import type { ProcessFacts } from './process-facts.ts'
import { processLayers } from './process-layers.ts'
import { type FromChild, parseFromChild, type ToChild } from './protocol.ts'
import type { EndClass } from './run.ts'

/** How a child died, for the run that brought it about (the offender) and for those that it took along. */
export interface Death {
  class: Extract<EndClass, 'CPU' | 'MEMORY' | 'CRASH' | 'CANCELLED'>
  message: string
  /** Whether the asker brought it about itself. */
  offender: boolean
  /** What the open slice had computed, as far as was seen. */
  cpuMs: number
}

/** `grownBytes`: by how much the asking run made the process grow so far, as far as it was looked at. */
export type Answer = ({ ok: true; message: FromChild; body: Buffer } | { ok: false; death: Death }) & {
  grownBytes: number
}

interface Open {
  question: ToChild
  body: string | Uint8Array
  cpuMs: number
  owner: string
  /** The child's CPU when it was first looked at with this question open, and what it used since. */
  cpuFrom?: number
  usedMs: number
  resolve(answer: Answer): void
}

/** Questions that are with the child at a time: one that it works on, and one so that it need not wait for the next. */
const SENT = 2

/** A child that answers one question after the other, each within its computing time, in turn by who asks. */
export class GuestProcess {
  readonly ready: Promise<boolean>
  readonly ended: Promise<ProcessEnd>
  readonly #cage: Cage
  readonly #log: Log
  readonly #child: CagedProcess
  readonly #startTimer: NodeJS.Timeout
  readonly #waiting = new FairLine<Open>()
  readonly #open: Open[] = []
  readonly #memory = new MemoryAccount()
  /** What runs that are in the child want to be told of its end, by the number of the run. */
  readonly #inside = new Map<number, (closed: boolean) => void>()
  /** The run for which it was killed, when that is not the one whose question was open. */
  #blamed: { run: number | undefined } | undefined
  #death: Pick<Death, 'class' | 'message'> | undefined
  #markReady: (ready: boolean) => void = () => {}
  #alive = true
  #saidReady = false
  /** Whether its layers were found to hold; before, it is told nothing. */
  #isReady = false
  /** Whether all its runs were stopped with it. */
  #closed = false
  #timer: NodeJS.Timeout | undefined
  /** When the child began, or may have begun, on what it works on. */
  #openSince = 0

  constructor(cage: Cage, folder: string, slot: number, log: Log) {
    this.#cage = cage
    this.#log = log
    this.ready = new Promise((resolve) => {
      this.#markReady = resolve
    })
    this.#child = superviseProcess(
      () => cage.spawn(folder, `${folder}/guest.cjs`, slot),
      (frame) => this.#receive(frame),
      CAGE_LIMITS.frameBytes,
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

  /** Whether nothing is asked. */
  isIdle(): boolean {
    return this.#open.length === 0 && this.#waiting.isEmpty()
  }

  /**
   * Never rejects. `cpuMs` is what the child may compute on it: time in which others hold the processor does not count,
   * as long as the child wants to run. `owner`, an installation, is who waits in turn.
   */
  ask(question: ToChild, body: string | Uint8Array, cpuMs: number, owner = ''): Promise<Answer> {
    return new Promise((resolve) => {
      const open: Open = { question, body, cpuMs, owner, usedMs: 0, resolve }
      // Between a kill and the end it is not known yet whose doing it was.
      if (this.#death) return this.#bounce(open)
      this.#waiting.add(owner, open)
      this.#send()
    })
  }

  /** Forgets what a run asked and the child has not been given yet. */
  drop(run: number, owner: string): void {
    const dropped = this.#waiting.drop(owner, ({ question }) => runOf(question) === run)
    for (const { resolve } of dropped) resolve({ ok: false, death: CANCELLED, grownBytes: 0 })
  }

  /** The run is over: if a slice of it is open, it must come back soon, or compute. */
  hurry(run: number): void {
    const [first] = this.#open
    if (!first || runOf(first.question) !== run) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#onDeadline(first), CAGE_LIMITS.sliceGraceMs)
  }

  /** Calls `onEnd` when the child ends, unless the run has left by then; after the answers to what is asked. */
  enter(run: number, onEnd: (closed: boolean) => void): void {
    this.#inside.set(run, onEnd)
  }

  leave(run: number): void {
    this.#inside.delete(run)
  }

  /**
   * From here on it counts as gone, though the operating system may take a moment. With `run`, it is that run's doing,
   * whosever question is open.
   */
  kill(reason: KillReason, run?: number): void {
    if (run !== undefined) this.#blamed ??= { run }
    this.#alive = false
    this.#child.kill(reason)
  }

  /**
   * Who filled the heap of the installation `owner`, when its `run` finds no memory left: another run of its own that
   * clearly grew more, or itself, or, when it did not grow and `hardlyRan`, one that is over and left it behind.
   */
  culprit(run: number, owner: string, hardlyRan: boolean): number {
    const largest = this.#memory.largest(owner)
    const [grown, own] = [this.#memory.grown(largest), this.#memory.grown(run)]
    if (largest !== undefined && grown > CLEARLY_BYTES && grown > 2 * own) return largest
    return hardlyRan && own < CLEARLY_BYTES ? NOBODY : run
  }

  /** To be called when no guest is at work: takes its present size for its own. */
  rest(): void {
    this.#memory.rest(this.residentBytes())
  }

  residentBytes(): number {
    return this.#child.facts()?.residentBytes ?? 0
  }

  #send(): void {
    while (this.#isReady && this.#alive && this.#open.length < SENT) {
      const next = this.#waiting.next()
      if (!next) return
      this.#open.push(next)
      if (this.#open.length === 1) this.#armDeadline()
      this.#child.send(next.question, next.body)
    }
  }

  #receive(frame: Frame): void {
    const message = parseFromChild(frame.header)
    if (message?.t === 'ready' && !this.#saidReady) return this.#becomeReady(message.probes)
    const [asked] = this.#open
    if (!message || !asked || !isAnswerTo(message, asked.question)) return this.kill('protocol')
    const run = runOf(asked.question)
    // Before the next one is open: what this one made the process grow by is not the next one's.
    if (performance.now() - this.#openSince > LONG_SLICE_MS) this.#memory.look(this.residentBytes(), run, asked.owner)
    const grownBytes = this.#memory.grown(run)
    if (run !== undefined && (asked.question.t === 'end' || frame.body.at(-1) === FINISHED_BYTE))
      this.#memory.close(run)
    this.#open.shift()
    this.#send()
    this.#armDeadline()
    asked.resolve({ ok: true, message, body: frame.body, grownBytes })
  }

  #becomeReady(probes: Record<string, boolean>): void {
    this.#saidReady = true
    clearTimeout(this.#startTimer)
    const seen = processLayers(this.pid)
    const isMissing = (name: string) => isBroken(name, probes) || seen[name] === false
    const broken = this.#cage.layers.filter(({ active, name }) => active && isMissing(name))
    if (broken.length === 0) {
      this.rest()
      this.#isReady = true
      this.#markReady(true)
      return this.#send()
    }
    this.#log.error({ layers: broken.map(({ name }) => name) }, 'A containment layer does not hold in a sandbox child')
    this.kill('start')
  }

  #armDeadline(): void {
    clearTimeout(this.#timer)
    const [first] = this.#open
    this.#child.watch(first !== undefined)
    if (!first) return
    this.#openSince = performance.now()
    this.#timer = setTimeout(() => this.#onDeadline(first), first.cpuMs + CAGE_LIMITS.sliceGraceMs)
  }

  /** Lets an answer in that waits in the pipe, should the service itself have been busy; then nobody may be silent. */
  #onDeadline(first: Open): void {
    setImmediate(() => {
      if (!this.#alive || this.#open[0] !== first) return
      const facts = this.#child.facts()
      // A service that was busy itself may not have seen what the child computed: it looks before it judges.
      const wasSeen = first.cpuFrom !== undefined
      if (facts) this.#look(facts)
      if (!this.#alive) return
      // A guest has no way to wait in a slice: one that did not compute either was stopped by somebody else.
      if (wasSeen && !facts?.runnable) return this.kill('slice', first.usedMs > IDLE_MS ? undefined : NOBODY)
      this.#timer = setTimeout(() => this.#onDeadline(first), CAGE_LIMITS.sliceGraceMs)
    })
  }

  #look({ cpuMs, residentBytes }: ProcessFacts): void {
    const [first] = this.#open
    const run = first && runOf(first.question)
    this.#memory.look(residentBytes, run, first?.owner)
    if (residentBytes > CAGE_LIMITS.residentBytes) return this.kill('memory', this.#whoGrew())
    if (this.#memory.grown(run) > CAGE_LIMITS.growthBytes) return this.kill('memory')
    if (!first) return
    first.cpuFrom ??= cpuMs
    first.usedMs = cpuMs - first.cpuFrom
    if (first.usedMs > first.cpuMs) this.kill('slice')
  }

  /** What runs that are over left behind is not the doing of one that grew a little. */
  #whoGrew(): number {
    const largest = this.#memory.largest()
    return largest !== undefined && this.#memory.grown(largest) > CLEARLY_BYTES ? largest : NOBODY
  }

  #bury(end: ProcessEnd): void {
    this.#alive = false
    clearTimeout(this.#timer)
    clearTimeout(this.#startTimer)
    this.#markReady(false)
    const [first] = this.#open
    this.#closed = end.reason === 'close'
    this.#blamed ??= { run: end.launcherGone ? NOBODY : first && runOf(first.question) }
    this.#death = classify(end, this.#memory.grown(this.#blamed.run))
    if (this.#death.class !== 'CANCELLED') {
      const facts = {
        pid: this.pid,
        ...end,
        end: this.#death.class,
        question: first?.question.t,
        blamed: this.#blamed.run,
      }
      this.#log.warn(facts, 'A sandbox child ended')
    }
    for (const open of [...this.#open.splice(0), ...this.#waiting.takeAll()]) this.#bounce(open)
    for (const onEnd of this.#inside.values()) onEnd(this.#closed)
    this.#inside.clear()
  }

  /** The answer from a process that is gone: it was the asker's doing, or somebody else's. */
  #bounce({ question, usedMs, resolve }: Open): void {
    const run = runOf(question)
    const offender = run !== undefined && run === this.#blamed?.run
    const grownBytes = this.#memory.grown(run)
    if (this.#closed) resolve({ ok: false, death: CANCELLED, grownBytes })
    else if (offender && this.#death)
      resolve({ ok: false, death: { ...this.#death, offender, cpuMs: usedMs }, grownBytes })
    else resolve({ ok: false, death: NEIGHBOUR, grownBytes })
  }
}

const FINISHED_BYTE = FINISHED.charCodeAt(0)

/** A look costs some twenty microseconds: a slice of a few has no time to grow by much. */
const LONG_SLICE_MS = 2

/** What starting on a slice takes; more is the slice's own doing. */
const IDLE_MS = 10

/** No run has this number. */
const NOBODY = 0
const CLEARLY_BYTES = 16 * 1024 * 1024

function runOf(question: ToChild): number | undefined {
  return 'run' in question ? question.run : undefined
}

function isAnswerTo(message: FromChild, question: ToChild): boolean {
  if (message.t === 'loaded') return question.t === 'load' && message.unit === question.unit
  if (message.t === 'slice') return SLICES.has(question.t) && message.run === runOf(question)
  return message.t === 'done' && DONE.has(question.t)
}

const SLICES: ReadonlySet<ToChild['t']> = new Set(['run', 'deliver', 'pull', 'abort'])
const DONE: ReadonlySet<ToChild['t']> = new Set(['end', 'unload', 'ping'])

const CANCELLED: Death = { class: 'CANCELLED', message: 'The run was stopped', offender: false, cpuMs: 0 }

const NEIGHBOUR: Death = {
  class: 'CRASH',
  message: 'The sandbox process ended, through no fault of this run',
  offender: false,
  cpuMs: 0,
}

/** A fifth more than a guest's heap: a run that has grown beyond it has left its heap behind. */
const OVER_HEAP_BYTES = CAGE_LIMITS.guestHeapMb * 1.2e6

/** V8 and the C library end with SIGABRT when an allocation fails; a memory fault or a failed check ends otherwise. */
function classify({ reason, signal }: ProcessEnd, grownBytes: number): Pick<Death, 'class' | 'message'> {
  if (reason === 'close') return CANCELLED
  if (reason === 'slice' && grownBytes > OVER_HEAP_BYTES)
    return { class: 'MEMORY', message: 'The run used more memory than it may' }
  if (reason === 'slice') return { class: 'CPU', message: 'The code did not come back within its time slice' }
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
