/**
 * `npm test`: runs each test file in a process of its own. `--mongo` runs what touches the store on the server that
 * MONGODB_URI names; `--long` runs the full matrix and prints what the tests count. Arguments after `--` keep the files
 * whose path contains one of them.
 */
import { availableParallelism } from 'node:os'
import { chooseFiles, type Mode } from './runner/choose-files.ts'
import { prepareTap } from './runner/prepare-tap.ts'
import { type FileResult, runFile, stopRunningFiles } from './runner/run-file.ts'

const LONG_ROUNDS = '40'
/** MongoDB keeps the locks of a killed process for a minute, and the long mode is long. */
const FILE_TIMEOUT_MS: Record<Mode, number> = { short: 120_000, mongo: 300_000, long: 3_600_000 }

const root = new URL('..', import.meta.url)
const options = readArguments(process.argv.slice(2))
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
  const results = [
    ...(await runAll(files.together, Math.min(4, availableParallelism()))),
    ...(await runAll(files.paired, Math.min(2, availableParallelism()))),
    ...(await runAll(files.alone, 1)),
  ]
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
    ...(options.mode === 'mongo' ? { TEST_ENGINE: 'mongodb' } : {}),
    ...(options.mode === 'long' ? { TEST_ROUNDS: process.env.TEST_ROUNDS ?? LONG_ROUNDS, TEST_MODES: 'every' } : {}),
  }
}

function print(result: FileResult): void {
  const time = `${(result.milliseconds / 1000).toFixed(1)} s`.padStart(8)
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
  console.log(`${passed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

function stopAndExit(): never {
  stopRunningFiles()
  process.exit(130)
}
