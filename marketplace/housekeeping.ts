import type { Log } from '../runtime/log.ts'

export interface Housekeeping {
  start(): void
  /** Waits for a round that is under way. */
  stop(): Promise<void>
}

const EVERY_MS = 10 * 60_000

/** Deletes what has expired, now and then. A failed round is logged and tried again with the next. */
export function createHousekeeping(deps: { log: Log; sweeps: readonly { sweep(): Promise<void> }[] }): Housekeeping {
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()
  const sweepAll = async () => {
    for (const each of deps.sweeps)
      await each.sweep().catch((error: unknown) => deps.log.error({ err: error }, 'what has expired was not deleted'))
  }
  return {
    start() {
      timer = setInterval(() => {
        round = round.then(sweepAll)
      }, EVERY_MS)
    },
    async stop() {
      clearInterval(timer)
      await round
    },
  }
}
