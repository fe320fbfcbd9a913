import { hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SecretKey } from '../runtime/secrets/secret-box.ts'

/** The keys that the service works with, each derived from the master key for its one purpose. */
export interface ServiceKeys {
  jwtSecret: Uint8Array
  pepper: Uint8Array
  /** For secrets at rest. */
  box: SecretKey
}

export function deriveKeys(masterKey: Uint8Array): ServiceKeys {
  const derive = (purpose: string) => new Uint8Array(hkdfSync('sha256', masterKey, 'annex', purpose, 32))
  return {
    jwtSecret: derive('access tokens'),
    pepper: derive('pepper'),
    box: { id: Buffer.from(derive('name of the box key')).toString('hex').slice(0, 8), key: derive('secrets at rest') },
  }
}

/** The master key of a data folder, made on the first start. Whoever reads this file reads every secret in the store. */
export async function masterKeyOf(dataFolder: string): Promise<Uint8Array> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const path = join(dataFolder, 'master.key')
  try {
    await writeFile(path, `${randomBytes(32).toString('base64')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const key = Buffer.from((await readFile(path, 'utf8')).trim(), 'base64')
  if (key.length !== 32) throw new Error(`${path} holds no key of 32 bytes`)
  return key
}
