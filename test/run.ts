/**
 * `npm test`: runs each test file in a process of its own. `--mongo` runs what touches the store on the server that
 * MONGODB_URI names; `--long` runs the full matrix and prints what the tests count. Arguments after `--` keep the files
 * whose path contains one of them.
 */
import { availableParallelism } from 'node:os'
import { chooseFiles, type Mode } from './runner/choose-files.ts'
import { prepareTap } from './runner/prepare-tap.ts'
import { type QuickStarts, quickStarts } from './runner/quick-starts.ts'
import { type FileResult, runFile, stopRunningFiles } from './runner/run-file.ts'

/** One more than there are processors: a file often waits for what it started. */
const LANES = Math.min(4, availableParallelism() + 1)
const LONG_ROUNDS = '40'
/** MongoDB keeps the locks of a killed process for a minute, and the long mode is long. */
const FILE_TIMEOUT_MS: Record<Mode, number> = { short: 120_000, mongo: 300_000, long: 3_600_000 }

const root = new URL('..', import.meta.url)
const options = readArguments(process.argv.slice(2))
let quick: QuickStarts | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopAndExit())
process.exitCode = await main()

async function main(): Promise<number> {
  if (options.mode === 'mongo' && !process.env.MONGODB_URI) {
    console.error('MONGODB_URI is not set: --mongo needs a server, for instance MONGODB_URI=mongodb://127.0.0.1:27017')
    return 2
  }
  const files = chooseFiles(root, options.mode, options.filters)
  if (files.together.length + files.paired.length + files.alone.length === 0) {
    console.error('no test file matches')
    return 2
  }
  await prepareTap(root)
  quick = await quickStarts(root)
  const results = [
    ...(await runAll(files.together, LANES)),
    ...(await runAll(files.paired, Math.min(2, availableParallelism()))),
    ...(await runAll(files.alone, 1)),
  ]
  quick.end()
  return report(results)
}

function readArguments(args: readonly string[]): { mode: Mode; filters: string[] } {
  const unknown = args.find((argument) => argument.startsWith('--') && !['--mongo', '--long', '--'].includes(argument))
  if (unknown) throw new Error(`unknown option ${unknown}`)
  const mode = args.includes('--mongo') ? 'mongo' : args.includes('--long') ? 'long' : 'short'
  return { mode, filters: args.filter((argument) => !argument.startsWith('--')) }
}

/** `jobs` workers take files off one queue, so that a slow file holds up nobody. */
async function runAll(files: readonly string[], jobs: number): Promise<FileResult[]> {
  const queue = [...files]
  const results: FileResult[] = []
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runFile(root, file, testEnvironment(), FILE_TIMEOUT_MS[options.mode])
      print(result)
      results.push(result)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return results
}

function testEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...quick?.env,
    ...(options.mode === 'mongo' ? { TEST_ENGINE: 'mongodb' } : {}),
    ...(options.mode === 'long' ? { TEST_ROUNDS: process.env.TEST_ROUNDS ?? LONG_ROUNDS, TEST_MODES: 'every' } : {}),
  }
}

function print(result: FileResult): void {
  const seconds = `${(result.milliseconds / 1000).toFixed(1)} s`.padStart(8)
  const time = `${seconds} ${result.cpuSeconds.toFixed(1).padStart(5)} cpu`
  if (result.problems.length === 0) {
    console.log(`ok   ${time}  ${result.file} (${result.passed})`)
    // The long mode owes counts: how many attacks in how many modes, how many kills, how many mutants.
    if (options.mode === 'long') for (const comment of result.comments) console.log(`               ${comment}`)
    return
  }
  console.log(`FAIL ${time}  ${result.file}`)
  console.log(result.output)
  for (const problem of result.problems) console.log(`  ${result.file}: ${problem}`)
}

function report(results: readonly FileResult[]): number {
  const passed = results.reduce((sum, result) => sum + result.passed, 0)
  const failed = results.reduce((sum, result) => sum + result.failed, 0)
  const bad = results.filter((result) => result.failed > 0)
  console.log()
  for (const result of bad) console.log(`FAIL ${result.file}: ${result.problems.join('; ')}`)
  const cpuSeconds = results.reduce((sum, result) => sum + result.cpuSeconds, 0)
  console.log(`${passed} passed, ${failed} failed; ${Math.round(cpuSeconds)} CPU seconds`)
  return failed > 0 ? 1 : 0
}

function stopAndExit(): never {
  stopRunningFiles()
  quick?.end()
  process.exit(130)
}
