import type { ToChild } from './protocol.ts'

/** How a guest was entered, at what time of its clock, with what, and what it said then. Texts as they crossed. */
export interface TapeSlice {
  readonly enter: EnterKind
  readonly now: number
  /** JSON of `StartInput` for `run`, of `Delivery[]` for `deliver`, else empty. */
  readonly heard: string
  /** JSON of `GuestMessage[]`; absent when the slice never ended. */
  said?: string
}

export type EnterKind = Extract<ToChild, { now: number }>['t']

/**
 * Everything that went into one guest and came out of it, in order: with the seed, all that a run depends on. It holds
 * on to texts that exist anyway and copies nothing, so that a run pays nothing for what is mostly thrown away.
 */
export class Tape {
  /** 32 bytes, hex; empty when the guest was never entered. */
  seed = ''
  readonly #limit: number
  #slices: TapeSlice[] = []
  #chars = 0
  #torn = false

  /** `limit`: characters that it holds; beyond, it lets everything go. */
  constructor(limit: number) {
    this.#limit = limit
  }

  get slices(): readonly TapeSlice[] {
    return this.#slices
  }

  /** Whether the run was too long for it. */
  get isTorn(): boolean {
    return this.#torn
  }

  entered(enter: EnterKind, now: number, heard: string): TapeSlice {
    const slice: TapeSlice = { enter, now, heard }
    if (this.#has(heard.length)) this.#slices.push(slice)
    return slice
  }

  said(slice: TapeSlice, text: string): void {
    if (this.#has(text.length)) slice.said = text
  }

  #has(chars: number): boolean {
    this.#chars += chars
    if (this.#chars <= this.#limit) return !this.#torn
    this.#torn = true
    this.#slices = []
    return false
  }
}
