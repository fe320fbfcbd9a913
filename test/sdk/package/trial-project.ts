import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readPackage } from '@annex/package/read-package'
import { writeArchive } from '@annex/package/write-archive'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import { buildPackage } from '../../../sdk/cli/build-package.ts'
import { goodFiles, goodManifest } from './good-package.ts'
import type { TrialTry } from './trial-case.ts'

/** Packs a project as the command line does, in `folder`; then changes what the try wants changed. */
export async function packTrial(folder: string, sandbox: Sandbox, it: TrialTry): Promise<Uint8Array> {
  const manifest = goodManifest() as Parameters<NonNullable<TrialTry['manifest']>>[0]
  it.manifest?.(manifest)
  const define = manifest.annex.kind === 'transformation' ? 'defineTransformation' : 'defineConnector'
  const { 'README.md': readme = '', LICENSE: license = '' } = goodFiles()
  const files: Record<string, string | Uint8Array> = {
    'package.json': JSON.stringify(manifest),
    'README.md': readme,
    LICENSE: license,
    'src/index.ts': `import { ${define} } from '@annex/sdk'\n${it.head ?? ''}\nexport default ${define}({ ${it.members} })\n`,
    ...fixtureFiles(it),
    ...it.files,
  }
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), contents)
  }
  const build = await buildPackage(folder, sandbox)
  if (!build.ok) throw new Error(`${it.title}: ${JSON.stringify(build.findings)}`)
  return it.tamper ? tampered(build.built.bytes, it.tamper) : build.built.bytes
}

function fixtureFiles({ cases = {}, recorded = {} }: TrialTry): Record<string, string> {
  const files: Record<string, string> = {}
  for (const [name, one] of Object.entries(cases)) {
    const exchange = recorded[name]
    const whole = exchange && typeof one === 'object' ? { ...one, http: 'exchange.har' } : one
    files[`fixtures/${name}/case.json`] = typeof whole === 'string' ? whole : JSON.stringify(whole)
    if (exchange) files[`fixtures/${name}/exchange.har`] = JSON.stringify({ log: { entries: exchange.map(entryOf) } })
  }
  return files
}

function entryOf([url, answer]: [url: string, answer: string | { location: string }]) {
  const request = { method: 'GET', url }
  if (typeof answer === 'string') return { request, response: { status: 200, content: { text: answer } } }
  return { request, response: { status: 302, headers: [{ name: 'Location', value: answer.location }] } }
}

function tampered(bytes: Uint8Array, changes: Record<string, string>): Uint8Array {
  const read = readPackage(bytes)
  if (!read.ok) throw new Error(JSON.stringify(read.findings))
  const files = new Map(read.package.files)
  for (const [path, text] of Object.entries(changes)) files.set(path, Buffer.from(text))
  return writeArchive(files)
}
