import { native } from '../native.ts'
import { domException } from './dom-exception.ts'
import { once } from './once.ts'
import { createSubtle } from './subtle.ts'

const MOST_BYTES = 65_536
const INTEGERS = /^(Big)?(Int|Uint)\d+(Clamped)?Array$/

export function createCrypto(): object {
  const subtle = once(() => createSubtle(fill))
  return {
    randomUUID: () => native('uuid', ''),
    getRandomValues<T extends ArrayBufferView>(array: T): T {
      if (!ArrayBuffer.isView(array) || !INTEGERS.test(Object.prototype.toString.call(array).slice(8, -1))) {
        throw domException('TypeMismatchError', 'getRandomValues fills an array of integers')
      }
      if (array.byteLength > MOST_BYTES) {
        throw domException('QuotaExceededError', `At most ${MOST_BYTES} bytes at a time`)
      }
      fill(new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength))
      return array
    },
    get subtle(): object {
      return subtle()
    },
    get [Symbol.toStringTag]() {
      return 'Crypto'
    },
  }
}

function fill(bytes: Uint8Array): void {
  const hex = native('random', String(bytes.length))
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)
}
