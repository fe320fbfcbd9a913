import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import { processFacts } from '../../../runtime/sandbox/process-facts.ts'
import type { BareReport, BareRequest } from './bare-world.ts'

/** What is seen of a bare process at one moment. */
export interface Sight {
  /** Milliseconds of CPU and of time since the code began; 0 before. */
  cpuMs: number
  wallMs: number
  /** Whether it wants to compute now, even if others hold the processor. */
  runnable: boolean
  /** Resident bytes over those of the moment when the code began. */
  grownBytes: number
  /** What the host reported at the end of the code. */
  report?: BareReport & { t: 'ended' }
  /** How the process ended by itself. */
  exit?: { code: number | null; signal: NodeJS.Signals | null }
}

/** Looks at a process until it has seen enough: a text says what harm was done. */
export type Look = (sight: Sight) => string | undefined

const LOOK_MS = 5
/** So long without computing after the report, and nothing more will come: code may have left something going. */
const CALM_MS = 200
/** Resident memory at which a control is stopped whatever it shows, and the data segment that it gets at most. */
const MOST_BYTES = 600 * 1024 * 1024
const DATA_BYTES = 800 * 1024 * 1024

/**
 * Runs code without any defence until `look` has seen harm, the process is gone, or the code ended and is quiet. `undefined`: no harm
 * was seen within `patienceMs`. The process is always gone when this resolves.
 */
export async function runBare(
  program: string,
  request: BareRequest,
  look: Look,
  patienceMs = 5_000,
): Promise<string | undefined> {
  const child = start(program)
  const exited = new Promise<Sight['exit'] & object>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const watched: { exit?: Sight['exit']; report?: BareReport & { t: 'ended' }; from?: Beginning } = {}
  void exited.then((exit) => {
    watched.exit = exit
  })
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const report = JSON.parse(line) as BareReport
      if (report.t === 'started') watched.from = beginningOf(child)
      else watched.report = report
    })
  }
  child.stdin?.on('error', () => {})
  child.stdin?.write(`${JSON.stringify(request)}\n`)
  try {
    const deadline = performance.now() + patienceMs
    let calm = { cpuMs: 0, since: performance.now() }
    while (performance.now() < deadline) {
      const sight = sightOf(child, watched)
      const harm = look(sight)
      if (harm !== undefined || sight.exit || sight.grownBytes > MOST_BYTES) return harm
      if (!sight.report || sight.runnable || sight.cpuMs > calm.cpuMs)
        calm = { cpuMs: sight.cpuMs, since: performance.now() }
      else if (performance.now() - calm.since > CALM_MS) return undefined
      await sleep(LOOK_MS)
    }
    return undefined
  } finally {
    child.kill('SIGKILL')
    await exited
  }
}

interface Beginning {
  at: number
  cpuMs: number
  residentBytes: number
}

function beginningOf({ pid = 0 }: ChildProcess): Beginning {
  const facts = processFacts(pid)
  return { at: performance.now(), cpuMs: facts?.cpuMs ?? 0, residentBytes: facts?.residentBytes ?? 0 }
}

function sightOf(
  { pid = 0 }: ChildProcess,
  { from, exit, report }: { from?: Beginning; exit?: Sight['exit']; report?: BareReport & { t: 'ended' } },
): Sight {
  const facts = from && !exit ? processFacts(pid) : undefined
  return {
    cpuMs: from && facts ? facts.cpuMs - from.cpuMs : 0,
    wallMs: from ? performance.now() - from.at : 0,
    runnable: facts?.runnable === true,
    grownBytes: from && facts ? facts.residentBytes - from.residentBytes : 0,
    ...(exit && { exit }),
    ...(report && { report }),
  }
}

/** The same engine under the same flags as in the cage, so that code takes as long; a bound on memory keeps the machine. */
function start(program: string): ChildProcess {
  const node = [process.execPath, '--jitless', '--no-node-snapshot', program]
  return spawn('prlimit', [`--data=${DATA_BYTES}`, '--core=0', '--', 'nice', '-n10', ...node], {
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  })
}

/** The careless host as one file that runs without a compiler; `folder` must be inside the repository. */
export async function buildBareWorld(folder: string): Promise<string> {
  const outfile = join(folder, 'bare-world.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, 'bare-world.ts')],
    bundle: true,
    outfile,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    external: ['isolated-vm'],
    logLevel: 'silent',
  })
  return outfile
}
