import type { InstalledCode } from '../../runtime/installation-source.ts'
import type { GateRefusal, RunGate } from '../../runtime/invocations/run-gate.ts'
import type { Log } from '../../runtime/log.ts'
import type { SecretBox } from '../../runtime/secrets/secret-box.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { ServiceErrorCode } from '../errors.ts'
import { createKillCopy, type KillCopy, KillListRefused } from './kill-copy.ts'
import type { KillEntry } from './kill-entry.ts'
import { KILL_LIST_CHANGED } from './kill-list-collections.ts'
import { KILL_LIST_LIMITS } from './kill-list-limits.ts'
import { killedWords } from './refuse-killed.ts'

/** How current this process's copy is. */
export interface KillListState {
  /** The last entry that it knows. */
  seq: number
  /** While it is not, nothing new starts here. */
  fresh: boolean
  /** Since the list was last read and found sound; absent before the first time. */
  ageMs?: number
  /** Why it could not be read the last time. */
  problem?: string
}

/** Follows the kill list: at once what this process writes, at the next poll what others do. */
export interface KillFollower {
  /** What may run here, as far as the list has a say. */
  readonly gate: RunGate
  readonly copy: KillCopy
  state(): KillListState
  /** Reads once, and then again and again. `renew` signs the list anew when its key was revoked. */
  start(renew: () => Promise<void>): Promise<void>
  /** When it resolves, what was committed before the call is known, or the problem is in `state`. */
  catchUp(): Promise<void>
  stop(): Promise<void>
}

interface FollowerDeps {
  store: Store
  log: Log
  secretBox: SecretBox
  /** Milliseconds on a clock that nobody sets: one that is set back would make an old copy young. */
  uptime?: () => number
}

export function createKillFollower(deps: FollowerDeps): KillFollower {
  const { store, log, uptime = () => performance.now() } = deps
  const copy = createKillCopy(deps)
  const listeners: (() => void)[] = []
  let goodAt: number | undefined
  let problem: string | undefined
  let renew = async (): Promise<void> => {}
  let timer: NodeJS.Timeout | undefined
  let deaf: (() => void) | undefined
  let stopped = false
  let reading: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function look(): Promise<void> {
    const at = uptime()
    try {
      const news = await copy.read()
      goodAt = at
      problem = undefined
      if (news) for (const listener of listeners) listener()
    } catch (error) {
      tell(error)
      if (error instanceof KillListRefused && error.revoked) await renew().catch(tell)
    }
  }

  /** Once for each kind of trouble, and not three times a second. */
  function tell(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error)
    if (text !== problem) log.error({ err: error }, 'the kill list could not be read')
    problem = text
  }

  /** A reading that began before the caller asked may miss what was committed meanwhile: it waits for the one after. */
  function catchUp(): Promise<void> {
    if (!reading) {
      reading = look().finally(() => {
        reading = undefined
      })
      return reading
    }
    next ??= reading.then(() => {
      next = undefined
      return catchUp()
    })
    return next
  }

  async function poll(): Promise<void> {
    await catchUp()
    if (!stopped) timer = setTimeout(() => void poll(), KILL_LIST_LIMITS.pollMs).unref()
  }

  function isFresh(): boolean {
    return goodAt !== undefined && uptime() - goodAt <= KILL_LIST_LIMITS.staleMs
  }

  const ended = (code: InstalledCode) => {
    const entry = copy.killed.find(code)
    return entry && refusalOf(code, entry)
  }
  return {
    copy,
    gate: {
      ended,
      refusal: (code) => ended(code) ?? (isFresh() ? undefined : STALE),
      onChange: (listener) => void listeners.push(listener),
    },
    state: () => ({
      seq: copy.head?.seq ?? 0,
      fresh: isFresh(),
      ...(goodAt === undefined ? {} : { ageMs: uptime() - goodAt }),
      ...(problem === undefined ? {} : { problem }),
    }),
    async start(how) {
      renew = how
      deaf = store.onEmitted((_, types) => {
        if (types.includes(KILL_LIST_CHANGED)) void catchUp()
      })
      await poll()
    },
    catchUp,
    async stop() {
      stopped = true
      clearTimeout(timer)
      deaf?.()
      await (next ?? reading)
    },
  }
}

function refusalOf(code: InstalledCode, entry: KillEntry): GateRefusal {
  return { code: 'EXTENSION_KILLED' satisfies ServiceErrorCode, message: killedWords(code, entry), retryable: false }
}

const STALE: GateRefusal = {
  code: 'KILL_LIST_STALE' satisfies ServiceErrorCode,
  message: 'What may run cannot be known at the moment, so nothing new starts; what runs goes on',
  retryable: true,
  retryAfter: 5,
}
