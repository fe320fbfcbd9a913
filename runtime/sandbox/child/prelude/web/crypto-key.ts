import { once } from './once.ts'

/** A key as Web Cryptography shows it. What it is made of stays inside. */
export interface KeyMaterial {
  bytes: Uint8Array
  hash: string
  extractable: boolean
  usages: readonly string[]
}

export const cryptoKeyClass = once(() => {
  let make!: (material: KeyMaterial) => CryptoKey
  let materialOf!: (value: unknown) => KeyMaterial | undefined
  class CryptoKey {
    readonly #material: KeyMaterial
    readonly #algorithm: object
    static {
      make = (material) => new CryptoKey(material)
      materialOf = (value) =>
        typeof value === 'object' && value !== null && #material in value ? value.#material : undefined
    }
    private constructor(material: KeyMaterial) {
      this.#material = material
      this.#algorithm = { name: 'HMAC', length: material.bytes.length * 8, hash: { name: material.hash } }
    }
    get type(): string {
      return 'secret'
    }
    get extractable(): boolean {
      return this.#material.extractable
    }
    get algorithm(): object {
      return this.#algorithm
    }
    get usages(): string[] {
      return [...this.#material.usages]
    }
    get [Symbol.toStringTag](): string {
      return 'CryptoKey'
    }
  }
  /** The class itself makes none for the guest: its constructor is not to be called by name. */
  Object.defineProperty(CryptoKey.prototype, 'constructor', { value: illegal, writable: true, configurable: true })
  return { make, materialOf }
})

function illegal(): never {
  throw new TypeError('Illegal constructor')
}
