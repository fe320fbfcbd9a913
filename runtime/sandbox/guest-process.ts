import type { Log } from '../log.ts'
import type { Cage } from './cage.ts'
import { type CagedProcess, type KillReason, type ProcessEnd, superviseProcess } from './caged-process.ts'
import type { Frame } from './framing.ts'
import { CAGE_LIMITS } from './limits.ts'
import type { ProcessFacts } from './process-facts.ts'
import { type FromChild, parseFromChild, type ToChild } from './protocol.ts'
import type { EndClass } from './run.ts'

/** How a child died, for the question that was open (the offender) and for those that waited behind it. */
export interface Death {
  class: Extract<EndClass, 'CPU' | 'WALL' | 'MEMORY' | 'CRASH' | 'CANCELLED'>
  message: string
  /** Whether the asker's own slice was open: otherwise a neighbour's end took it along. */
  offender: boolean
  /** What the open slice had computed, as far as was seen. */
  cpuMs: number
}

export type Answer = { ok: true; message: FromChild; body: string } | { ok: false; death: Death }

/** A child that answers questions strictly in order. */
export interface GuestProcess {
  readonly pid: number
  readonly ready: Promise<boolean>
  readonly ended: Promise<ProcessEnd>
  isAlive(): boolean
  /**
   * Never rejects. `cpuMs` is what the child may compute on it: time in which others hold the processor does not count,
   * as long as the child wants to run.
   */
  ask(question: ToChild, body: string, cpuMs: number): Promise<Answer>
  tell(statement: ToChild & { t: 'end' }): void
  kill: CagedProcess['kill']
}

interface Open {
  question: ToChild
  cpuMs: number
  /** The child's CPU when it was first looked at with this question open, and what it used since. */
  cpuFrom?: number
  usedMs: number
  resolve(answer: Answer): void
}

export function startGuestProcess(cage: Cage, folder: string, slot: number, log: Log): GuestProcess {
  const open: Open[] = []
  let alive = true
  let timer: NodeJS.Timeout | undefined
  let markReady: (ready: boolean) => void = () => {}
  const ready = new Promise<boolean>((resolve) => {
    markReady = resolve
  })
  const child = superviseProcess(cage.spawn(folder, `${folder}/guest.cjs`, slot), receive, CAGE_LIMITS, look)
  const startTimer = setTimeout(() => kill('start'), CAGE_LIMITS.startMs)
  child.ended.then(bury)
  return { pid: child.pid, ready, ended: child.ended, isAlive: () => alive, ask, tell: child.send, kill }

  function ask(question: ToChild, body: string, cpuMs: number): Promise<Answer> {
    return new Promise((resolve) => {
      if (!alive)
        return resolve({
          ok: false,
          death: { class: 'CRASH', message: 'The sandbox process is gone', offender: false, cpuMs: 0 },
        })
      open.push({ question, cpuMs, usedMs: 0, resolve })
      if (open.length === 1) armDeadline()
      child.send(question, body)
    })
  }

  /** From here on it counts as gone, though the operating system may take a moment. */
  function kill(reason: KillReason): void {
    alive = false
    child.kill(reason)
  }

  function receive(frame: Frame): void {
    const message = parseFromChild(frame.header)
    if (message?.t === 'ready') return becomeReady(message.probes)
    const asked = open[0]
    if (!message || !asked || !isAnswerTo(message, asked.question)) return kill('protocol')
    open.shift()
    armDeadline()
    asked.resolve({ ok: true, message, body: frame.body.toString('utf8') })
  }

  function becomeReady(probes: Record<string, boolean>): void {
    clearTimeout(startTimer)
    const broken = cage.layers.filter((layer) => layer.active && isBroken(layer.name, probes))
    if (broken.length === 0) return markReady(true)
    log.error({ layers: broken.map((layer) => layer.name) }, 'A containment layer does not hold in a sandbox child')
    kill('start')
  }

  function armDeadline(): void {
    clearTimeout(timer)
    const first = open[0]
    child.watch(first !== undefined)
    if (first) timer = setTimeout(onDeadline, first.cpuMs + CAGE_LIMITS.sliceGraceMs)
  }

  /** Lets an answer in that waits in the pipe, should the service itself have been busy; then nobody may be silent. */
  function onDeadline(): void {
    const first = open[0]
    setImmediate(() => {
      if (!alive || !first || open[0] !== first) return
      const facts = child.facts()
      if (facts?.runnable) timer = setTimeout(onDeadline, CAGE_LIMITS.sliceGraceMs)
      else kill('slice')
    })
  }

  function look({ cpuMs }: ProcessFacts): void {
    const first = open[0]
    if (!first) return
    first.cpuFrom ??= cpuMs
    first.usedMs = cpuMs - first.cpuFrom
    if (first.usedMs > first.cpuMs) kill('slice')
  }

  function bury(end: ProcessEnd): void {
    alive = false
    clearTimeout(timer)
    clearTimeout(startTimer)
    markReady(false)
    const death = classify(end)
    if (death.class !== 'CANCELLED') {
      log.warn({ pid: child.pid, ...end, end: death.class }, 'A sandbox child ended')
    }
    for (const [index, { resolve, usedMs }] of open.splice(0).entries()) {
      resolve({ ok: false, death: index === 0 ? { ...death, offender: true, cpuMs: usedMs } : neighbour() })
    }
  }
}

function isAnswerTo(message: FromChild, question: ToChild): boolean {
  if (message.t === 'loaded') return question.t === 'load' && message.unit === question.unit
  return message.t === 'slice' && question.t !== 'load' && message.run === question.run
}

function neighbour(): Death {
  return {
    class: 'CRASH',
    message: 'Another run of this installation ended the sandbox process',
    offender: false,
    cpuMs: 0,
  }
}

/** An idle child and a fifth more than a guest's heap: a run that stands above it has left its heap behind. */
const OVER_HEAP_BYTES = 50e6 + CAGE_LIMITS.guestHeapMb * 1.2e6

/** V8 and the C library end with SIGABRT when an allocation fails; a memory fault or a failed check ends otherwise. */
function classify({ reason, signal, peakBytes }: ProcessEnd): Pick<Death, 'class' | 'message'> {
  if (reason === 'close' || reason === 'cancelled') return { class: 'CANCELLED', message: 'The run was stopped' }
  if (reason === 'slice' && peakBytes > OVER_HEAP_BYTES)
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
  'empty-environment': ['empty-environment'],
  'own-user': ['own-user'],
  'network-namespace': ['no-interfaces'],
}

function isBroken(layer: string, probes: Record<string, boolean>): boolean {
  return (LAYER_PROBES[layer] ?? []).some((probe) => probes[probe] !== true)
}
