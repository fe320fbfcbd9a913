import { build } from 'esbuild'
import type { Sandbox } from '../../runtime/sandbox/run.ts'
import { resultOf, startGuest } from '../runtime/sandbox/start-guest.ts'

/** Whole programs run in one step: its limits are not what is tested here. */
const LIMITS = { sliceMs: 20_000, cpuMs: 60_000, wallMs: 90_000, hostCalls: 2_000 }

/** What a function of a file answers in the guest, where the file is an extension whose handlers are its functions. */
export async function runInGuest(sandbox: Sandbox, file: string, name: string): Promise<unknown> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'annexExtension',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2024',
    logLevel: 'silent',
  })
  const source = (outputFiles[0] as { text: string }).text
  const run = startGuest(sandbox, source, { handler: [name], limits: LIMITS })
  try {
    return resultOf(await run.step())
  } finally {
    await run.close()
  }
}
