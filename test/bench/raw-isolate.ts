import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { RawTask } from './raw-isolate-child.ts'

export interface RawIsolate {
  /** The median that the child measured, in milliseconds. */
  measure(task: RawTask): Promise<number>
  close(): void
}

/** As the sandbox's children have them; the flag that is missing is about files, not about V8. */
const V8_FLAGS = ['--jitless', '--no-turboshaft-loop-unrolling']

/** isolated-vm in a process of its own. Without its compilers V8 can't strip types, so the child is bundled first. */
export async function createRawIsolate(): Promise<RawIsolate> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-bench-'))
  const program = join(folder, 'raw-isolate-child.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, 'raw-isolate-child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    alias: { 'isolated-vm': new URL(import.meta.resolve('isolated-vm')).pathname },
    loader: { '.node': 'file' },
    external: [new URL(import.meta.resolve('isolated-vm')).pathname],
    logLevel: 'silent',
  })
  return {
    measure: async (task) => Number(await run(program, JSON.stringify(task))),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function run(program: string, input: string): Promise<string> {
  const child = spawn(process.execPath, [...V8_FLAGS, program], { stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`the raw isolate ended with ${code}`)),
    )
  })
}
