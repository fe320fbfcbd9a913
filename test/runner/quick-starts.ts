import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { childPrograms } from '../../runtime/sandbox/child-programs.ts'

export interface QuickStarts {
  /** For the test files and all that they start. */
  env: { NODE_COMPILE_CACHE: string; NODE_OPTIONS: string }
  /** Removes what was made; nothing may be running any more. */
  end(): void
}

/**
 * A run starts hundreds of processes. Each would compile the same modules and bundle the same programs for its caged
 * children: here the modules are compiled once a machine, and the programs bundled once a run, as for the packed command
 * line, whose module reads them.
 */
export async function quickStarts(root: URL): Promise<QuickStarts> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-programs-'))
  for (const [name, bytes] of await childPrograms()) writeFileSync(join(folder, name), bytes)
  const made = join(folder, 'child-programs.ts')
  copyFileSync(new URL('sdk/cli/bundle/packed/child-programs.ts', root), made)
  const hook = new URL('test/runner/use-made-programs.ts', root)
  hook.searchParams.set('made', pathToFileURL(made).href)
  return {
    env: {
      NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', root)),
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${hook.href}`.trim(),
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}
