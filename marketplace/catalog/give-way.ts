import { setImmediate as others } from 'node:timers/promises'

/** How long a work may go on before others have their turn. */
const TURN_MS = 5

/** To be awaited between the short steps of a long work, so that it holds up nobody. */
export type GiveWay = () => Promise<void> | undefined

export function createGiveWay(): GiveWay {
  let since = performance.now()
  return () => {
    if (performance.now() - since < TURN_MS) return undefined
    return others().then(() => {
      since = performance.now()
    })
  }
}
