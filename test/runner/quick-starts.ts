import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { childPrograms } from '../../runtime/sandbox/child-programs.ts'
import { bundleTap } from './bundle-tap.ts'

export interface QuickStarts {
  /** For the test files and all that they start. */
  env: { NODE_COMPILE_CACHE: string; NODE_OPTIONS: string }
  /** Removes what was made; nothing may be running any more. */
  end(): void
}

/**
 * A run starts hundreds of processes. Each would compile the same modules and make the same programs for its caged
 * children: here the modules are compiled once a machine, those of tap are made one, and the programs are made once a
 * run, as for the packed command line, whose modules find them.
 */
export async function quickStarts(root: URL): Promise<QuickStarts> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-programs-'))
  for (const [name, bytes] of await childPrograms()) writeFileSync(join(folder, name), bytes)
  await bundleLauncher(root, join(folder, 'launcher.js'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  for (const name of ['child-programs.ts', 'launcher-program.ts'])
    copyFileSync(new URL(`sdk/cli/bundle/packed/${name}`, root), join(folder, name))
  const hook = new URL('test/runner/use-made-programs.ts', root)
  hook.searchParams.set('tap', (await bundleTap(root)).href)
  hook.searchParams.set('made', `${pathToFileURL(folder).href}/`)
  return {
    env: {
      NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', root)),
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${hook.href}`.trim(),
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function bundleLauncher(root: URL, outfile: string): Promise<void> {
  const options = { bundle: true, platform: 'node', format: 'esm', target: 'node26', logLevel: 'silent' } as const
  const entry = fileURLToPath(new URL('runtime/sandbox/launcher/main.ts', root))
  await build({ entryPoints: [entry], outfile, ...options })
}
