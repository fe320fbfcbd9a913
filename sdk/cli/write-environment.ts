import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SDK_FOLDER } from '@annex/package/sdk-folder'
import type { AnnexManifest } from '@annex/sdk/manifest'
import { environmentTypes } from './environment-types.ts'

/** The modules that `@annex/sdk` consists of for an extension. */
const SDK_FILES = ['index', 'connector', 'context', 'errors', 'json', 'transformation']

/**
 * Writes what an editor and `tsc` need beside the author's own files, all of it git-ignored: `annex-env.d.ts` and, in
 * `.annex/sdk`, the SDK itself, because its name is on no public registry.
 */
export async function writeEnvironment(folder: string, annex: AnnexManifest): Promise<void> {
  const target = join(folder, '.annex', 'sdk')
  await mkdir(target, { recursive: true })
  for (const name of SDK_FILES) await cp(join(SDK_FOLDER, `${name}.ts`), join(target, `${name}.ts`))
  await writeFile(join(folder, 'annex-env.d.ts'), environmentTypes(annex))
}
