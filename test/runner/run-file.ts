import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { endedChildrenCpu } from './ended-children-cpu.ts'
import { failedAssertions } from './failed-assertions.ts'
import { failingPart } from './failing-part.ts'
import { processesOfGroup } from './processes-of-group.ts'
import { readTap } from './read-tap.ts'

export interface FileResult {
  file: string
  passed: number
  /** At least 1 when there is a problem, also when the file died before it could say so. */
  failed: number
  milliseconds: number
  /** Of the file and what it started. Two files that end in the same moment have it in one. */
  cpuSeconds: number
  problems: string[]
  /** Titles of the assertions that failed: fewer than `failed` where something only broke. */
  assertions: string[]
  /** What its tests remarked. */
  comments: string[]
  /** Both streams, in the order in which they came, without the tests that passed; the end of it when it is long. */
  output: string
}

interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  timedOut: boolean
  cpuSeconds: number
  stdout: string
  output: string
  leftovers: number
}

/** tap's own limit comes first, so that a file that hangs says in which test. */
const TAP_TIMEOUT_SHARE = 0.9
const OUTPUT_SHOWN = 20_000
/** Processes that were just killed take a moment to go. */
const LEFTOVER_GRACE_MS = 1000

const groups = new Set<number>()
let countedCpu = 0

/** Runs one test file in a process group of its own, ended as a whole: nothing that a test started outlives it. */
export async function runFile(root: URL, file: string, env: NodeJS.ProcessEnv, timeoutMs: number): Promise<FileResult> {
  const started = performance.now()
  const ending = await execute(root, file, env, timeoutMs)
  const counts = readTap(ending.stdout)
  const problems = problemsOf(ending, counts, timeoutMs)
  const failed = problems.length > 0 ? Math.max(1, counts.failed) : 0
  const output = failingPart(ending.output).slice(-OUTPUT_SHOWN)
  const { passed, comments } = counts
  const assertions = failedAssertions(ending.stdout)
  const milliseconds = performance.now() - started
  const { cpuSeconds } = ending
  return { file, passed, failed, milliseconds, cpuSeconds, problems, assertions, comments, output }
}

/** For an interrupted run. */
export function stopRunningFiles(): void {
  for (const group of groups) killGroup(group)
}

function execute(root: URL, file: string, env: NodeJS.ProcessEnv, timeoutMs: number): Promise<Ending> {
  const child = spawn(process.execPath, [file], {
    cwd: fileURLToPath(root),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, PATH: pathWithOurNode(root, env), TAP_TIMEOUT: String((timeoutMs / 1000) * TAP_TIMEOUT_SHARE) },
  })
  const group = child.pid
  if (group !== undefined) groups.add(group)
  let stdout = ''
  let output = ''
  let timedOut = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const timer = setTimeout(() => {
    timedOut = true
    if (group !== undefined) killGroup(group)
  }, timeoutMs)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', async (code, signal) => {
      clearTimeout(timer)
      const cpuSeconds = newlyEndedCpu()
      const leftovers = group === undefined || timedOut ? 0 : await endLeftovers(group)
      if (group !== undefined) groups.delete(group)
      const end = () => resolve({ code, signal, timedOut, cpuSeconds, stdout, output, leftovers })
      if (child.stdout.closed && child.stderr.closed) end()
      else child.on('close', end)
    })
  })
}

/** What came to the ended children since it was last asked. */
function newlyEndedCpu(): number {
  const before = countedCpu
  countedCpu = endedChildrenCpu()
  return countedCpu - before
}

function problemsOf(ending: Ending, counts: ReturnType<typeof readTap>, timeoutMs: number): string[] {
  const problems: string[] = []
  if (ending.timedOut) problems.push(`did not end within ${timeoutMs / 1000} s`)
  else if (ending.signal) problems.push(`ended by ${ending.signal}`)
  if (counts.failed > 0) problems.push(`${counts.failed} failed`)
  else if (ending.code) problems.push(`ended with exit code ${ending.code}`)
  if (counts.passed + counts.failed === 0 && problems.length === 0) problems.push('holds no test')
  if (counts.skipped.length > 0) problems.push(`skipped: ${counts.skipped.join(', ')}`)
  if (ending.leftovers > 0) problems.push(`left ${ending.leftovers} processes running`)
  return problems
}

/** How many processes of the group outlived the file; they are ended. */
async function endLeftovers(group: number): Promise<number> {
  const deadline = performance.now() + LEFTOVER_GRACE_MS
  while (processesOfGroup(group).length > 0 && performance.now() < deadline) await sleep(20)
  const leftovers = processesOfGroup(group).length
  if (leftovers > 0) killGroup(group)
  return leftovers
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function pathWithOurNode(root: URL, env: NodeJS.ProcessEnv): string {
  const programs = fileURLToPath(new URL('node_modules/.bin', root))
  return [dirname(process.execPath), programs, env.PATH ?? ''].join(':')
}
