import { type CodeCache, codeCacheKey } from './code-cache.ts'
import type { Seat } from './guest-pool.ts'
import type { Death } from './guest-process.ts'
import { CAGE_LIMITS } from './limits.ts'
import type { ToChild } from './protocol.ts'
import type { RunRequest } from './run.ts'

/**
 * Compiles the entry script, once for all runs of the installation in the seat's child; gives the reason when it does not
 * compile. Throws when it cannot be read or the child died.
 */
export type LoadUnit = (seat: Seat, request: RunRequest, run: number) => Promise<string | undefined>

/** The child died while it compiled; `death.offender`: of what it compiled. */
export class DiedLoading extends Error {
  readonly death: Death
  constructor(death: Death) {
    super(death.message)
    this.death = death
  }
}

export function createLoadUnit(cache: CodeCache, flags: readonly string[]): LoadUnit {
  return async (seat, request, run) => {
    const { unit } = seat
    unit.loaded ??= load(seat, request, run)
    try {
      return await unit.loaded
    } catch (error) {
      delete unit.loaded
      throw error
    }
  }

  async function load(seat: Seat, request: RunRequest, run: number): Promise<string | undefined> {
    const { slot, unit } = seat
    const { source, installationId } = request
    const text = Buffer.from(await source())
    const key = codeCacheKey(text, flags)
    const known = cache.get(key)
    const produceCache = !known && slot.isUntouched()
    const filename = `${originOf(request)}extension.js`
    const question: ToChild = { t: 'load', run, unit: unit.id, filename, sourceBytes: text.length, produceCache }
    const body = known ? Buffer.concat([text, known]) : text
    const answer = await slot.process.ask(question, body, CAGE_LIMITS.compileMs, installationId)
    if (!answer.ok) throw new DiedLoading(answer.death)
    if (answer.message.t !== 'loaded') throw new Error('The sandbox process answered something else')
    slot.process.rest()
    // Once more: a guest that came in meanwhile could have had a hand in it.
    if (produceCache && slot.isUntouched() && answer.body.length > 0) cache.put(key, Buffer.from(answer.body))
    return answer.message.ok ? undefined : (answer.message.message ?? 'The entry script does not load')
  }
}

/** What the frames of an extension begin with. */
export function originOf({ extension, version }: Pick<RunRequest, 'extension' | 'version'>): string {
  return `ext://${extension}@${version}/`
}
