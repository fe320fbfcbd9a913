import { ConfigError, readConfig } from '../runtime/config.ts'
import { IsolationUnavailable } from '../runtime/sandbox/sandbox.ts'
import { StoreUnavailable } from '../runtime/storage/port.ts'
import { DataFolderInUse } from '../runtime/storage/sqlite-lock.ts'
import { serve } from './serve.ts'

/** Longer than any drain should take: after it the process ends without waiting. */
const STOP_DEADLINE_MS = 30_000

try {
  const starting = serve(readConfig(), (line) => console.log(line))
  // Before the start is over: whoever reads the banner may already want to stop it.
  stopOnSignals(async () => (await starting)())
  await starting
} catch (error) {
  if (!isExpected(error)) throw error
  console.error(`Annex does not start: ${error.message}`)
  process.exitCode = 1
}

/** What an operator can mend is told in words, without a stack. */
function isExpected(error: unknown): error is Error {
  const expected = [ConfigError, DataFolderInUse, IsolationUnavailable, StoreUnavailable]
  if (expected.some((kind) => error instanceof kind)) return true
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

/** The first signal drains: what runs may end, nothing new begins. The second one does not wait. */
function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false
  const end = async (signal: string) => {
    if (stopping) process.exit(1)
    stopping = true
    console.log(`${signal}: stopping`)
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref()
    await stop()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(signal))
}
