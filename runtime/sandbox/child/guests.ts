import type ivm from 'isolated-vm'
import { createGuestWorld, type GuestWorld } from './guest-world.ts'
import { isolatedVm } from './isolated-vm.ts'

/** Set when the child is bundled. */
declare const PRELUDE_SOURCE: string
declare const CONTEXTS_PER_ISOLATE: number
declare const GUEST_HEAP_MB: number

export interface EntryScript {
  source: string
  filename: string
  /** V8's code cache of `source`, as this engine made it under the same flags. */
  cache: Uint8Array | undefined
  produceCache: boolean
}

type Enter = (kind: string, json: string) => string

/** A context with the prelude in it, and the only way into it. */
interface Prepared {
  context: ivm.Context
  enter: ivm.Reference<Enter>
  world: GuestWorld
}

/** An isolate with the prelude compiled. `runs` stand in it now; `contexts` ever did. `next` waits for a run. */
interface Blank {
  isolate: ivm.Isolate
  prelude: ivm.Script
  next: Prepared | undefined
  contexts: number
  runs: number
  retired: boolean
}

/** A blank isolate that has become an installation's. */
interface Compiled extends Blank {
  entry: ivm.Script
}

export interface Guest extends Prepared {
  compiled: Compiled
}

interface Unit {
  script: EntryScript
  compiled: Compiled
}

const units = new Map<number, Unit>()
/** The isolate that the next installation gets, and the installation whose next context is made when there is time. */
let stock: Blank | undefined
let lastUsed: Unit | undefined
let preludeCache: ArrayBuffer | undefined

/** Null-prototype and frozen: a guest's `Object.prototype` must not be able to change what crosses. */
const REFERENCE = Object.freeze(Object.assign(Object.create(null), { reference: true })) as { reference: true }

/** Compiles an entry script into an isolate of its own. Throws what V8 throws on a syntax error. Gives the code cache asked for. */
export function loadUnit(name: number, script: EntryScript): Uint8Array | undefined {
  const { compiled, produced } = compile(script)
  unloadUnit(name)
  const unit = { script: { ...script, cache: produced ?? script.cache, produceCache: false }, compiled }
  units.set(name, unit)
  lastUsed = unit
  return produced
}

export function unloadUnit(name: number): void {
  const unit = units.get(name)
  if (!unit) return
  units.delete(name)
  if (lastUsed === unit) lastUsed = undefined
  retire(unit.compiled)
}

/** A fresh context with the prelude in it; the entry script has not run yet. `seed`: 32 bytes, hex. */
export function openGuest(name: number, seed: string): Guest | undefined {
  const unit = units.get(name)
  if (!unit) return undefined
  if (unit.compiled.contexts >= CONTEXTS_PER_ISOLATE || unit.compiled.isolate.isDisposed) {
    const worn = unit.compiled
    unit.compiled = compile(unit.script).compiled
    retire(worn)
  }
  lastUsed = unit
  const { compiled } = unit
  const prepared = compiled.next ?? prepare(compiled)
  compiled.next = undefined
  compiled.contexts++
  compiled.runs++
  prepared.world.seed(seed)
  return { compiled, ...prepared }
}

export function closeGuest(guest: Guest): void {
  guest.compiled.runs--
  if (!guest.compiled.isolate.isDisposed) release(guest)
  disposeIfWorn(guest.compiled)
}

/** Makes what the next run or the next installation will ask for, while nobody waits. */
export function prepareNext(): void {
  if (lastUsed) makeNext(lastUsed.compiled)
  stock ??= createBlank()
  makeNext(stock)
}

/** Where the heap has no room for it now, the run that needs it will be told so. */
function makeNext(blank: Blank): void {
  try {
    if (!blank.isolate.isDisposed) blank.next ??= prepare(blank)
  } catch {}
}

function createBlank(): Blank {
  const isolate = new isolatedVm.Isolate({ memoryLimit: GUEST_HEAP_MB })
  const filename = 'annex:prelude'
  const prelude = preludeCache
    ? isolate.compileScriptSync(PRELUDE_SOURCE, { filename, cachedData: new isolatedVm.ExternalCopy(preludeCache) })
    : isolate.compileScriptSync(PRELUDE_SOURCE, { filename, produceCachedData: true })
  preludeCache ??= producedBy(prelude)
  return { isolate, prelude, next: undefined, contexts: 0, runs: 0, retired: false }
}

function prepare({ isolate, prelude }: Blank): Prepared {
  const context = isolate.createContextSync()
  const world = createGuestWorld()
  context.global.setSync('annexNative', new isolatedVm.Callback(world.native))
  return { context, world, enter: prelude.runSync(context, REFERENCE) as unknown as ivm.Reference<Enter> }
}

const MOST_CACHE_BYTES = 8 * 1024 * 1024

function compile(script: EntryScript): { compiled: Compiled; produced: Uint8Array | undefined } {
  const blank = stock ?? createBlank()
  stock = undefined
  const { source, filename, cache, produceCache } = script
  try {
    const entry = blank.isolate.compileScriptSync(source, {
      filename,
      ...(cache ? { cachedData: new isolatedVm.ExternalCopy(bufferOf(cache)) } : { produceCachedData: produceCache }),
    })
    const produced = producedBy(entry)
    // Code of many small functions makes a cache many times its size; such a one is not worth its way.
    const kept = produced && produced.byteLength <= MOST_CACHE_BYTES ? new Uint8Array(produced) : undefined
    return { compiled: Object.assign(blank, { entry }), produced: kept }
  } catch (error) {
    blank.isolate.dispose()
    throw error
  }
}

/** isolated-vm puts it on the script; its types say so only of the base that scripts share. */
function producedBy(script: ivm.Script & ivm.CachedDataResult): ArrayBuffer | undefined {
  return script.cachedData?.copy()
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

function retire(compiled: Compiled): void {
  compiled.retired = true
  disposeIfWorn(compiled)
}

function disposeIfWorn({ retired, runs, isolate }: Compiled): void {
  if (retired && runs === 0 && !isolate.isDisposed) isolate.dispose()
}

function release({ context, enter }: Prepared): void {
  enter.release()
  context.release()
}
