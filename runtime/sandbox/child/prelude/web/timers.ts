import { startTimer, stopTimer } from '../bridge.ts'
import { callable } from './convert.ts'

type Work = (...args: unknown[]) => unknown

/** The timer of the host that an interval waits for now, by the number that the guest knows it by. */
const repeating = new Map<number, number>()

export function setTimer(work: unknown, ms?: unknown, ...args: unknown[]): number {
  const run: Work = callable(work, 'setTimeout')
  return startTimer(() => run(...args), ms)
}

/** Each round is a timer of its own, and counts as one. */
export function setRepeating(work: unknown, ms?: unknown, ...args: unknown[]): number {
  const run: Work = callable(work, 'setInterval')
  const id = startTimer(round, ms)
  repeating.set(id, id)
  return id

  function round(): void {
    repeating.set(id, startTimer(round, ms))
    run(...args)
  }
}

export function clearTimer(id: unknown): void {
  const current = repeating.get(id as number)
  stopTimer(current ?? id)
  repeating.delete(id as number)
}

export function queueWork(work: unknown): void {
  const run: Work = callable(work, 'queueMicrotask')
  Promise.resolve().then(() => run())
}
