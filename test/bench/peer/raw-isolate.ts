import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { NODE_FLAGS } from '../../../runtime/sandbox/cage.ts'
import type { RawAnswer, RawQuestion } from './raw-isolate-child.ts'

/** Bare isolated-vm in a process of its own, with the V8 flags and the priority of the sandbox's children. */
export interface RawIsolate {
  /** Compiles `source`; `handler` is a path in its definition: `actions.greet.run`. */
  load(source: string, handler: string): Promise<RawGuest>
  close(): Promise<void>
}

/** `inputs` are JSON texts, each the list of what follows `ctx`. */
export interface RawGuest {
  /** Milliseconds of all inputs one after the other, each in a context of its own; `times` over. */
  run(inputs: readonly string[], times: number): Promise<number[]>
  /** Milliseconds from no isolate, but with V8's code cache, to the first result; `times` over. */
  start(input: string, times: number): Promise<number[]>
}

/** What the children have beside these is about files and addons, not about V8. */
const V8_FLAGS = NODE_FLAGS.filter((flag) => !flag.startsWith('--permission') && !flag.startsWith('--allow-'))

/** Without its compilers V8 can't strip types, so the child is bundled first. */
export async function createRawIsolate(): Promise<RawIsolate> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-bench-'))
  const program = join(folder, 'raw-isolate-child.mjs')
  const library = new URL(import.meta.resolve('isolated-vm')).pathname
  await build({
    entryPoints: [join(import.meta.dirname, 'raw-isolate-child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    alias: { 'isolated-vm': library },
    external: [library],
    logLevel: 'silent',
  })
  const child = spawn('nice', ['-n19', process.execPath, ...V8_FLAGS, program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const { ask, ended } = talkTo(child)
  let lastId = 0
  return {
    async load(source, handler) {
      const id = ++lastId
      await ask({ t: 'load', id, source, handler })
      return {
        run: (inputs, times) => ask({ t: 'run', id, inputs: [...inputs], times }),
        start: (input, times) => ask({ t: 'start', id, input, times }),
      }
    },
    async close() {
      child.stdin.end()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Questions are answered in order, each with a line. All that wait are rejected when the child ends. */
function talkTo(child: ChildProcess): { ask(question: RawQuestion): Promise<RawAnswer>; ended: Promise<void> } {
  const open: { resolve(answer: RawAnswer): void; reject(error: Error): void }[] = []
  let over = false
  const end = (why: string) => {
    over = true
    for (const { reject } of open.splice(0)) reject(new Error(why))
  }
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => end(error.message))
    child.once('close', (code, signal) => {
      end(`the raw isolate ended with ${signal ?? code}`)
      resolve()
    })
  })
  const { stdin, stdout } = child
  if (!stdin || !stdout) throw new Error('the raw isolate has no pipes')
  createInterface({ input: stdout }).on('line', (line) => open.shift()?.resolve(JSON.parse(line) as RawAnswer))
  return {
    ended,
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (over) return reject(new Error('the raw isolate is gone'))
        open.push({ resolve, reject })
        stdin.write(`${JSON.stringify(question)}\n`)
      }),
  }
}
