import type { InstalledCode } from '../installation-source.ts'
import type { Run, RunFailure, StepResult } from '../sandbox/run.ts'

/** Why code may not run. */
export interface GateRefusal {
  code: string
  /** For the admins of the organization. */
  message: string
  /** Whether it may run in a while without anybody's doing here. */
  retryable: boolean
  /** Seconds. */
  retryAfter?: number
}

/**
 * Has the last word on what may run, whatever is installed and granted. Asked on the way of every run, so it answers at
 * once, from what it knows.
 */
export interface RunGate {
  /** Why nothing of the code may start now. */
  refusal(code: InstalledCode): GateRefusal | undefined
  /** Why what runs of it must end. */
  ended(code: InstalledCode): GateRefusal | undefined
  /** Calls back when `ended` may answer otherwise than before. */
  onChange(listener: () => void): void
}

/** The runs that are under way, as the gate lets them. */
export interface GatedRuns {
  refusal(code: InstalledCode): RunFailure | undefined
  /** The run, which ends as soon as the gate says so. */
  guard(run: Run, code: InstalledCode): Run
}

export function createGatedRuns(gate: RunGate): GatedRuns {
  const running = new Set<{ look(): void }>()
  gate.onChange(() => {
    for (const each of [...running]) each.look()
  })

  function guard(run: Run, code: InstalledCode): Run {
    let ended: GateRefusal | undefined
    const entry = {
      look() {
        ended ??= gate.ended(code)
        // Nothing is left to the guest, not even to tidy up: a slice that is open ends under its own limit, unheard.
        if (ended) void run.close()
      },
    }
    running.add(entry)
    const answer = (result: StepResult): StepResult => {
      if (!result.ok || result.done) running.delete(entry)
      return ended ? { ok: false, failure: failureOf(ended), usage: result.usage, logs: result.logs } : result
    }
    return {
      async step() {
        entry.look()
        return answer(await run.step())
      },
      close() {
        running.delete(entry)
        return run.close()
      },
    }
  }

  return {
    refusal(code) {
      const refusal = gate.refusal(code)
      return refusal && failureOf(refusal)
    },
    guard,
  }
}

function failureOf({ code, message, retryable, retryAfter }: GateRefusal): RunFailure {
  const later = retryAfter === undefined ? {} : { retryAfter }
  return { class: 'CANCELLED', code, message, retryable, incident: false, ...later }
}
