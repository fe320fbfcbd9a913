import type ivm from 'isolated-vm'
import { isolatedVm } from './isolated-vm.ts'
import { nativeOperation } from './native-operations.ts'

/** Set when the child is bundled: the text of the prelude, and how many contexts one isolate serves. */
declare const PRELUDE_SOURCE: string
declare const CONTEXTS_PER_ISOLATE: number

interface EntryScript {
  source: string
  filename: string
  heapMb: number
}

/** An isolate with both scripts compiled. `runs` stand in it now; `contexts` ever did. */
interface Compiled {
  isolate: ivm.Isolate
  prelude: ivm.Script
  entry: ivm.Script
  contexts: number
  runs: number
  retired: boolean
}

type Enter = (kind: string, id: number, json: string) => string

/** One run's context, and the only way into it. */
export interface Guest {
  compiled: Compiled
  context: ivm.Context
  enter: ivm.Reference<Enter>
}

const units = new Map<string, { script: EntryScript; compiled: Compiled }>()

/** Null-prototype and frozen: a guest's `Object.prototype` must not be able to change what crosses. */
const REFERENCE = Object.freeze(Object.assign(Object.create(null), { reference: true })) as { reference: true }

/** Compiles an entry script. Throws what V8 throws on a syntax error. */
export function loadUnit(name: string, script: EntryScript): void {
  const compiled = compile(script)
  const before = units.get(name)
  units.set(name, { script, compiled })
  if (before) retire(before.compiled)
}

/** A fresh context with the prelude in it; the entry script has not run yet. */
export function openGuest(name: string): Guest | undefined {
  const unit = units.get(name)
  if (!unit) return undefined
  if (unit.compiled.contexts >= CONTEXTS_PER_ISOLATE || unit.compiled.isolate.isDisposed) {
    const worn = unit.compiled
    unit.compiled = compile(unit.script)
    retire(worn)
  }
  const { compiled } = unit
  compiled.contexts++
  compiled.runs++
  const context = compiled.isolate.createContextSync()
  context.global.setSync('annexNative', new isolatedVm.Callback(nativeOperation))
  const enter = compiled.prelude.runSync(context, REFERENCE) as unknown as ivm.Reference<Enter>
  return { compiled, context, enter }
}

export function closeGuest(guest: Guest): void {
  guest.compiled.runs--
  if (!guest.compiled.isolate.isDisposed) {
    guest.enter.release()
    guest.context.release()
  }
  disposeIfWorn(guest.compiled)
}

function compile({ source, filename, heapMb }: EntryScript): Compiled {
  const isolate = new isolatedVm.Isolate({ memoryLimit: heapMb })
  try {
    const prelude = isolate.compileScriptSync(PRELUDE_SOURCE, { filename: 'annex:prelude' })
    const entry = isolate.compileScriptSync(source, { filename })
    return { isolate, prelude, entry, contexts: 0, runs: 0, retired: false }
  } catch (error) {
    isolate.dispose()
    throw error
  }
}

function retire(compiled: Compiled): void {
  compiled.retired = true
  disposeIfWorn(compiled)
}

function disposeIfWorn(compiled: Compiled): void {
  if (compiled.retired && compiled.runs === 0 && !compiled.isolate.isDisposed) compiled.isolate.dispose()
}
