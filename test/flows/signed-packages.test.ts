import { spawn } from 'node:child_process'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildApp } from '../marketplace/gateway/build-app.ts'
import { packageOf } from '../marketplace/rig/open-marketplace.ts'
import { publishPackage } from './publish-package.ts'

const SECURITY = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8')

interface Signature {
  kid: string
  alg: string
  value: string
  statement: string
}
type Key = { kid: string; kty: string; crv: string; x: string }

/** The script that tells outsiders how to verify a package. */
function script(): string {
  const code = /^```js\n([\s\S]*?)^```$/m.exec(SECURITY)?.[1]
  if (code === undefined) throw new Error('SECURITY.md shows no script')
  return code
}

t.test('a published package is verified with what the service serves', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  const bytes = packageOf('1.2.0')
  await publishPackage(app, operator, bytes)
  const versions = (await app.call('GET', '/api/marketplace/catalog/acme/site-import/versions')).body
  const { signature, digest } = (versions as { data: { signature: Signature; digest: string }[] }).data[0] ?? {}
  const { keys } = (await app.call('GET', '/api/marketplace/keys')).body as { keys: Key[] }
  if (!signature) throw new Error('the version has no signature')
  const folder = t.testdir({ 'verify-package.mjs': script() })

  t.test('by hand', async (t) => {
    const key = keys.find(({ kid }) => kid === signature.kid)
    t.equal(signature.alg, 'EdDSA')
    const publicKey = createPublicKey({ key: { ...key }, format: 'jwk' })
    const value = Buffer.from(signature.value, 'base64url')
    t.ok(verify(null, Buffer.from(signature.statement), publicKey, value))
    t.notOk(verify(null, Buffer.from(signature.statement.replace('1.2.0', '1.2.1')), publicKey, value))
    t.match(JSON.parse(signature.statement), {
      context: 'annex package signature 1',
      purpose: 'release',
      name: '@acme/site-import',
      version: '1.2.0',
      digest: createHash('sha256').update(bytes).digest('hex'),
      size: bytes.byteLength,
      kid: signature.kid,
    })
    t.equal(digest, JSON.parse(signature.statement).digest)
    const detail = (await app.call('GET', '/api/marketplace/catalog/acme/site-import')).body
    t.same((detail as { signature: Signature }).signature, signature)
  })

  const run = (service: string, version = '1.2.0') => verifyBy(folder, [service, 'acme/site-import', version])

  t.test('by the script of SECURITY.md', async (t) => {
    t.match(await run(app.url), { code: 0, output: /^@acme\/site-import 1\.2\.0 is signed by sgk_/ })
    t.match(await run(app.url, '1.3.0'), { code: 1, output: /none of the keys/ })
  })

  t.test('and whoever stands in between and changes something is found out', async (t) => {
    const evil = packageOf('1.2.0', { files: { 'dist/extension.js': 'var annexExtension = {}\n' } })
    const statement = signature.statement.replace(
      createHash('sha256').update(bytes).digest('hex'),
      createHash('sha256').update(evil).digest('hex'),
    )
    const asIs = (text: string) => text
    const forged = (text: string) => text.replaceAll(JSON.stringify(signature.statement), JSON.stringify(statement))
    const older = (path: string) => path.replace('/versions/1.3.0', '/versions/1.2.0')
    const through = async (lie: Lie, version?: string) => run(await startBetween(t, app.url, lie), version)
    t.match(await through({ text: asIs }), { code: 0 }, 'control: the same way without a change')
    t.match(await through({ text: asIs, package: evil }), { code: 1, output: /signed for another digest/ })
    t.match(await through({ text: forged, package: evil }), { code: 1, output: /the signature does not hold/ })
    const downgraded = await through({ path: older, text: asIs }, '1.3.0')
    t.match(downgraded, { code: 1, output: /signed for another version: 1\.2\.0/ })
  })
})

async function verifyBy(folder: string, args: readonly string[]) {
  const child = spawn(process.execPath, [join(folder, 'verify-package.mjs'), ...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}

interface Lie {
  /** What is asked for instead. */
  path?(path: string): string
  /** What JSON becomes. */
  text(text: string): string
  /** What comes in the place of packages. */
  package?: Uint8Array
}

/** Passes requests on to the service, and lies. */
async function startBetween(t: Test, to: string, lie: Lie): Promise<string> {
  const answer = async ({ url = '/' }: IncomingMessage, response: ServerResponse) => {
    const got = await fetch(new URL(lie.path?.(url) ?? url, to))
    const isJson = got.headers.get('content-type')?.includes('json')
    const body = isJson ? lie.text(await got.text()) : (lie.package ?? Buffer.from(await got.arrayBuffer()))
    response.writeHead(got.status, { 'content-type': got.headers.get('content-type') ?? '' }).end(body)
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
