import { createInterface } from 'node:readline'
import ivm from 'isolated-vm'

/** What the parent asks, one JSON line each; every question has one line of answer. */
export type RawQuestion =
  | { t: 'load'; id: number; source: string; handler: string }
  /** Runs all `inputs` (JSON texts of what follows `ctx`), each in a context of its own; `times` over. */
  | { t: 'run'; id: number; inputs: string[]; times: number }
  /** Isolate, code from V8's cache, context, first call: from nothing to a result. `times` over. */
  | { t: 'start'; id: number; input: string; times: number }

/** Milliseconds, one for each of the times. */
export type RawAnswer = number[]

/**
 * The bare way: no cage, no limits but a timeout, no prelude, nothing checked. Calls and the result leave as JSON through
 * one callback; an answer is delivered by another timed entry.
 */
class RawGuest {
  readonly #source: string
  readonly #handler: string
  readonly #emit = new ivm.Callback((text: string) => void this.#said.push(text))
  #said: string[] = []
  #isolate: ivm.Isolate
  #script: ivm.Script
  #entry: ivm.Script
  #cache: ivm.ExternalCopy<ArrayBuffer> | undefined
  #contexts = 0

  constructor(source: string, handler: string) {
    this.#source = source
    this.#handler = handler
    ;[this.#isolate, this.#script, this.#entry] = this.#compile()
    this.#cache = (this.#script as ivm.CachedDataResult).cachedData
  }

  run(inputs: readonly string[], times: number): number[] {
    const measured: number[] = []
    for (let i = 0; i < times; i++) {
      if (this.#contexts + inputs.length > CONTEXTS_PER_ISOLATE) this.#replace()
      const began = performance.now()
      for (const input of inputs) this.#runOne(input)
      measured.push(performance.now() - began)
    }
    return measured
  }

  start(input: string, times: number): number[] {
    const measured: number[] = []
    for (let i = 0; i < times; i++) {
      this.#isolate.dispose()
      const began = performance.now()
      ;[this.#isolate, this.#script, this.#entry] = this.#compile()
      this.#contexts = 0
      this.#runOne(input)
      measured.push(performance.now() - began)
    }
    return measured
  }

  #runOne(input: string): string {
    this.#contexts++
    const context = this.#isolate.createContextSync()
    context.global.setSync('emit', this.#emit)
    this.#script.runSync(context, TIMED)
    const entry = this.#entry.runSync(context, REFERENCE) as unknown as ivm.Reference<(text: string) => void>
    this.#said = []
    entry.applySync(undefined, [input], TIMED)
    let result: string | undefined
    while (result === undefined) {
      const said = this.#said
      if (said.length === 0) throw new Error('the raw guest waits for something that never comes')
      this.#said = []
      const calls: Record<string, unknown>[] = said.map((text) => JSON.parse(text))
      const done = calls.findIndex((call) => !('id' in call))
      if (done >= 0) result = said[done] as string
      else entry.applySync(undefined, [JSON.stringify(calls.map(({ id }) => ({ id, value: null })))], TIMED)
    }
    entry.release()
    context.release()
    const { error } = JSON.parse(result) as { error?: string }
    if (error !== undefined) throw new Error(`the raw guest failed: ${error}`)
    return result
  }

  #compile(): [ivm.Isolate, ivm.Script, ivm.Script] {
    const isolate = new ivm.Isolate({ memoryLimit: 64 })
    const cache = this.#cache ? { cachedData: this.#cache } : { produceCachedData: true }
    return [isolate, isolate.compileScriptSync(this.#source, cache), isolate.compileScriptSync(entryOf(this.#handler))]
  }

  /** Between two measurements: who uses the library with care does this where nobody waits. */
  #replace(): void {
    this.#isolate.dispose()
    ;[this.#isolate, this.#script, this.#entry] = this.#compile()
    this.#contexts = 0
  }
}

/** An isolate leaks with every context and dies of it after about 1,200. */
const CONTEXTS_PER_ISOLATE = 300
const TIMED = { timeout: 1_000 }
const REFERENCE = { reference: true } as const

/** The first entry takes the arguments, all others answers. */
function entryOf(handler: string): string {
  return `(() => {
    const { emit } = globalThis
    const waiting = new Map()
    let last = 0
    const call = (name, args) =>
      new Promise((resolve) => {
        waiting.set(++last, resolve)
        emit(JSON.stringify({ id: last, name, args }))
      })
    const ctx = { config: {}, kv: { get: (key) => call('kv.get', [key]) } }
    let started = false
    return (text) => {
      const input = JSON.parse(text)
      if (started) {
        for (const { id, value } of input) {
          waiting.get(id)(value)
          waiting.delete(id)
        }
        return
      }
      started = true
      const owner = annexExtension.default
      Promise.resolve(owner.${handler}(ctx, ...input)).then(
        (value) => emit(JSON.stringify({ value })),
        (error) => emit(JSON.stringify({ error: String(error) })),
      )
    }
  })()`
}

const guests = new Map<number, RawGuest>()

function answer(question: RawQuestion): RawAnswer {
  if (question.t === 'load') {
    guests.set(question.id, new RawGuest(question.source, question.handler))
    return []
  }
  const guest = guests.get(question.id)
  if (!guest) throw new Error('run before load')
  return question.t === 'run' ? guest.run(question.inputs, question.times) : guest.start(question.input, question.times)
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line) as RawQuestion))}\n`)
}
