import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/
const LICENSE = /^(licen[cs]e|copying|notice)/i

/** The licences of the libraries that `inputs` come from: most ask to be named wherever their code goes. */
export async function thirdPartyLicenses(inputs: readonly string[]): Promise<string> {
  const folders = new Set(inputs.flatMap((path) => PACKAGE.exec(path)?.[0] ?? []))
  const texts = [...folders].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'))
    const files = (await readdir(join(ROOT, folder))).filter((file) => LICENSE.test(file)).sort()
    const read = files.map((file) => readFile(join(ROOT, folder, file), 'utf8'))
    return [`${name} ${version} (${license})`, ...(await Promise.all(read))].map((text) => text.trim()).join('\n\n')
  })
  return `${(await Promise.all(texts)).join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}
