import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { goodFiles, goodManifest } from '../../sdk/package/good-package.ts'
import type { Served } from './served.ts'
import { startServer } from './started-server.ts'

/** A well-known registry of npm packages. */
const NAME = 'verdaccio'
/** Of a fixed version, so that two runs compare. */
const VERSION = '6.10.4'

export const VERDACCIO = `${NAME}@${VERSION}`

/** What it needs is fixed too where it asks for whatever a tag names at the time: not every registry has those. */
const MANIFEST = { private: true, dependencies: { [NAME]: VERSION }, overrides: { 'node-fetch': '2.7.0' } }

const INSTALL_MS = 5 * 60_000

/**
 * Installs it into a temporary folder, as npm is configured here, starts it on loopback with a storage of its own, and
 * publishes one package. `undefined`, and a word on standard error, when it cannot be had.
 */
export async function withVerdaccio<T>(
  bytes: Uint8Array,
  version: string,
  work: (served: Served) => Promise<T>,
): Promise<T | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-verdaccio-'))
  try {
    if (!(await installed(folder))) return undefined
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    writeFileSync(join(folder, 'config.yaml'), CONFIG)
    writeFileSync(join(folder, 'start.mjs'), starter(port))
    const server = await startServer(pathToFileURL(join(folder, 'start.mjs')), /^(http:\S+)/m, {
      env: { HOME: folder },
    })
    try {
      return await work(await publish(url, bytes, version))
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function installed(folder: string): Promise<boolean> {
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  writeFileSync(join(folder, 'package.json'), JSON.stringify(MANIFEST))
  try {
    const at = { cwd: folder, timeout: INSTALL_MS }
    await promisify(execFile)('npm', ['install', '--prefix', folder, ...quiet], at)
    return true
  } catch (error) {
    console.error(`${VERDACCIO} cannot be installed, so nothing is compared with it:`, (error as Error).message)
    return false
  }
}

/** No way up to another registry, no pages, no words: what it does besides serving. */
const CONFIG = `
storage: ./storage
packages:
  '**':
    access: $all
    publish: $all
uplinks: {}
web:
  enable: false
max_body_size: 10mb
log: { type: stdout, format: json, level: error }
`

/** Its own command waits for a signal in its own way; this one says when it listens, and ends when it is told to. */
function starter(port: number): string {
  return `
import { createRequire } from 'node:module'
const { runServer } = createRequire(import.meta.url)('verdaccio')
const server = await runServer(new URL('config.yaml', import.meta.url).pathname)
server.listen(${port}, '127.0.0.1', () => console.log('http://127.0.0.1:${port}'))
process.on('SIGTERM', () => process.exit(0))
`
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address !== 'object' || address === null) return reject(new Error('no port'))
      return server.close(() => resolve(address.port))
    })
  })
}

/** As the npm client does it: the manifest of the version, and the archive as an attachment. */
async function publish(url: string, bytes: Uint8Array, version: string): Promise<Served> {
  const { name, annex: _, ...rest } = goodManifest()
  const path = `${url}/${name.replace('/', '%2f')}`
  const file = `${name.slice(name.indexOf('/') + 1)}-${version}.tgz`
  const tarball = `${url}/${name}/-/${file}`
  const dist = {
    shasum: createHash('sha1').update(bytes).digest('hex'),
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    tarball,
  }
  const readme = String(goodFiles()['README.md'])
  const document = {
    ...{ _id: name, name, 'dist-tags': { latest: version }, readme },
    versions: { [version]: { ...rest, name, version, _id: `${name}@${version}`, dist } },
    _attachments: {
      [`${name}-${version}.tgz`]: {
        content_type: 'application/octet-stream',
        data: Buffer.from(bytes).toString('base64'),
        length: bytes.byteLength,
      },
    },
  }
  const answer = await fetch(path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(document),
  })
  if (!answer.ok) throw new Error(`it took no package: ${answer.status} ${await answer.text()}`)
  return { metadata: path, tarball }
}
