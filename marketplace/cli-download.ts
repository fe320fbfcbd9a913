import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Log } from '../runtime/log.ts'
import { type Outcome, refused } from './errors.ts'

export interface DownloadFile {
  bytes: Uint8Array
  /** SHA-256 (hex). */
  digest: string
}

/** The packed command line that belongs to this service, made when it is first asked for. */
export interface CliDownload {
  /** `UNAVAILABLE` when it cannot be made here. */
  get(): Promise<Outcome<DownloadFile>>
}

const PROGRAM = join(import.meta.dirname, '../sdk/cli/bundle/main.ts')
const BUILD_MS = 60_000
const MAX_BYTES = 32 * 1024 * 1024

/** Bundling takes seconds of CPU and a hundred megabytes: in a process of its own, which is gone when it is done. */
export function createCliDownload({ log }: { log: Log }): CliDownload {
  let made: Promise<DownloadFile> | undefined
  return {
    async get() {
      const making = made ?? make()
      made = making
      try {
        return { ok: true, value: await making }
      } catch (error) {
        if (made === making) made = undefined
        log.error({ err: error }, 'the command line could not be packed')
        return refused('UNAVAILABLE', 'the command line cannot be offered here now', { retryAfter: 60 })
      }
    },
  }
}

function make(): Promise<DownloadFile> {
  const options = { encoding: 'buffer', timeout: BUILD_MS, maxBuffer: MAX_BYTES, env: {} } as const
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [PROGRAM, '-'], options, (error, bytes) => {
      if (error) reject(error)
      else resolve({ bytes, digest: createHash('sha256').update(bytes).digest('hex') })
    })
  })
}
