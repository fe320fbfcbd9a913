import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')

/** What only the host could know: its paths, its programs and the files of the runtime. */
const HOST_TEXTS = [
  ROOT,
  dirname(process.execPath),
  '/proc/',
  'node_modules',
  '/tmp/annex-',
  'file://',
  'node:internal',
  'guest.cjs',
  'isolated_vm',
  'isolated-vm',
  'annex:prelude',
]

/**
 * Finds what must not come out of a run: texts of the host, stack frames that are not the extension's, secrets. What
 * stands in the attack's own code proves nothing and is no trace.
 */
export function findTraces(said: string, code: string, secrets: readonly string[]): string[] {
  const texts = HOST_TEXTS.filter((text) => said.includes(text) && !code.includes(text))
  const kept = secrets.flatMap(spellings).filter((secret) => said.includes(secret))
  return [
    ...texts.map((text) => `the host's ${text}`),
    ...foreignFrames(said).map((frame) => `the frame ${frame}`),
    ...kept.map((secret) => `the secret ${secret}`),
  ]
}

/** Lines of a stack that name a place outside the extension. In JSON a line break is two characters. */
function foreignFrames(said: string): string[] {
  const frames = said.matchAll(/(?:\n|\\n)\s*(at (?:(?!\\n)[^\n"]){0,200})/g)
  return [...frames].map(([, frame = '']) => frame).filter((frame) => PLACE.test(frame) && !frame.includes('ext://'))
}

const PLACE = /:\d+:\d+\)?$/

function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [secret, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex')]
}
