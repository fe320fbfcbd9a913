/** `Math.random` from the run's own seed: a small generator in the guest, started by its first use. */
import { native } from './native.ts'
import { NumberOf, part } from './primordials.ts'

/** Hexadecimal digits of 32 bits. */
const DIGITS = 8

let started = false
let a = 0
let b = 0
let c = 0
let counter = 1

export function installRandom(): void {
  const { random } = {
    random(): number {
      if (!started) start()
      // 53 bits, as many as a fraction holds: 26 of one draw over 27 of the next.
      return ((next() >>> 6) * 2 ** 27 + (next() >>> 5)) / 2 ** 53
    },
  }
  Math.random = random
}

function start(): void {
  started = true
  const seed = native('random', '16')
  const word = (index: number) => NumberOf(`0x${part(seed, index * DIGITS, (index + 1) * DIGITS)}`) | 0
  a = word(0)
  b = word(1)
  c = word(2)
  counter = word(3)
}

/** sfc32 of PractRand: chaotic, with a counter that rules short cycles out. 32 bits. Not for secrets: `crypto` is. */
function next(): number {
  const sum = (((a + b) | 0) + counter) | 0
  counter = (counter + 1) | 0
  a = b ^ (b >>> 9)
  b = (c + (c << 3)) | 0
  c = (((c << 21) | (c >>> 11)) + sum) | 0
  return sum
}
