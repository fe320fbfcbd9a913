import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundle } from '@annex/package/bundle'
import type { PackageCode } from '../../../runtime/installation-source.ts'

/** The code of an example, bundled as `annex pack` does. */
export async function extensionCode(name: string): Promise<PackageCode> {
  const folder = fileURLToPath(new URL(`../../../extensions-examples/${name}/`, import.meta.url))
  const bundled = await bundle(folder, { source: 'src/index.ts', entry: 'dist/extension.js' })
  if (!bundled.ok) throw new Error(`${name} does not bundle: ${JSON.stringify(bundled.problems)}`)
  const { source, sourceMap } = bundled
  const digest = createHash('sha256').update(source).digest('hex')
  const manifest = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))
  return { digest, source, sourceMap, manifest, describe: {} }
}
