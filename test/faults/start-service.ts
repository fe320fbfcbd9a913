import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { quickStartEnvironment } from '../runner/quick-start-environment.ts'
import { eventually } from './eventually.ts'
import { type StartedProcess, startProcess } from './started-process.ts'
import { type TestEngine, testEngine } from './test-engine.ts'

/** A real service on a store of its own, which may be killed and started again. */
export interface Service {
  /** Another one after each start: the port is any free one. */
  url(): string
  process(): StartedProcess
  /** Starts it again on the same store, after `kill` or `stop`. */
  start(): Promise<void>
  kill(): Promise<void>
  stop(): Promise<number | null>
  readonly store: TestEngine
}

const ENTRY = fileURLToPath(new URL('../../marketplace/main.ts', import.meta.url))
const READY_MS = 30_000

/**
 * `env` are further settings; `shared` is the store of another service, for two on one. The service and what it left
 * behind are gone with the test.
 */
export async function startService(t: Test, env: Record<string, string> = {}, shared?: TestEngine): Promise<Service> {
  const dataFolder = t.testdir()
  const store = shared ?? testEngine(t, dataFolder)
  const settings = { ANNEX_DATA: dataFolder, ANNEX_PORT: '0', ANNEX_LOG_LEVEL: 'warn', ...store.env, ...env }
  let current = await launch(t, settings)
  return {
    url: () => current.url,
    process: () => current.process,
    start: async () => {
      current = await launch(t, settings)
    },
    kill: () => current.process.kill(),
    stop: () => current.process.stop(),
    store,
  }
}

async function launch(t: Test, env: Record<string, string>): Promise<{ url: string; process: StartedProcess }> {
  const process = startProcess(t, { entry: ENTRY, env: { ...quickStartEnvironment(), ...env } })
  let ended: string | undefined
  process.ended.then(({ code, signal }) => {
    ended = `it ended with ${signal ?? code}:\n${process.output()}`
  })
  const waiting = { withinMs: READY_MS, stopped: () => ended }
  const url = await eventually(
    'the service says where it listens',
    async () => /^Annex\s+(http:\S+)/m.exec(process.output())?.[1],
    waiting,
  )
  await eventually('the service is ready', async () => ((await isReady(url)) ? true : undefined), waiting)
  return { url, process }
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
  return answer?.ok === true
}
