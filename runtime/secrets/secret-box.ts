import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** A secret at rest. Every part but `keyId` is base64url. */
export interface SealedSecret {
  keyId: string
  iv: string
  tag: string
  data: string
}

export interface SecretBox {
  /** `context` says what the secret belongs to (an integration's id); it must be the same when opening. */
  seal(plaintext: string, context: string): SealedSecret
  /** Throws `SecretBoxError` when the box lacks the key, the context is another or a bit was changed. */
  open(sealed: SealedSecret, context: string): string
  /** False for what an older key sealed: open and seal it again. */
  isCurrent(sealed: SealedSecret): boolean
}

export interface SecretKey {
  id: string
  /** 32 bytes. */
  key: Uint8Array
}

/** Says which key or that authentication failed, never anything of the secret. */
export class SecretBoxError extends Error {
  readonly code = 'SECRET_BOX_ERROR'
}

const CIPHER = 'aes-256-gcm'
/** NIST SP 800-38D: 96 bits, random; one key is good for 2^32 seals. */
const IV_BYTES = 12
/** Stated and enforced: without it Node would accept a tag cut down to 4 bytes. */
const TAG_BYTES = 16

/** AES-256-GCM. The first key seals, every key opens: that is how keys are rotated. */
export function createSecretBox({ keys }: { keys: readonly SecretKey[] }): SecretBox {
  const first = keys[0]
  if (!first) throw new SecretBoxError('a secret box needs a key')
  const current = { id: first.id, key: checked(first.id, first.key) }
  const byId = new Map(keys.map(({ id, key }) => [id, checked(id, key)]))
  if (byId.size !== keys.length) throw new SecretBoxError('two keys have the same id')
  return {
    seal: (plaintext, context) => seal(current, plaintext, context),
    open(sealed, context) {
      const key = byId.get(sealed.keyId)
      if (!key) throw new SecretBoxError(`no key ${sealed.keyId}`)
      return open(key, sealed, context)
    },
    isCurrent: (sealed) => sealed.keyId === first.id,
  }
}

function checked(id: string, key: Uint8Array): Buffer {
  if (key.byteLength !== 32) throw new SecretBoxError(`key ${id} must have 32 bytes`)
  return Buffer.from(key)
}

function seal({ id, key }: SecretKey, plaintext: string, context: string): SealedSecret {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(context))
  const data = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
  const text = (bytes: Buffer) => bytes.toString('base64url')
  return { keyId: id, iv: text(iv), tag: text(cipher.getAuthTag()), data: text(data) }
}

function open(key: Buffer, sealed: SealedSecret, context: string): string {
  const iv = Buffer.from(sealed.iv, 'base64url')
  const tag = Buffer.from(sealed.tag, 'base64url')
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) throw new SecretBoxError('not a sealed secret')
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(sealed.data, 'base64url'), decipher.final()]).toString('utf8')
  } catch {
    throw new SecretBoxError('the secret was changed or belongs elsewhere')
  }
}
