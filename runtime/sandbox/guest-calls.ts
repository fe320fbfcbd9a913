import type { GuestMessage } from './protocol.ts'
import type { RunStep } from './run-step.ts'

/** Who answers what a guest asks: the host, or the recording of a run in which it once did. */
export interface GuestCalls {
  /** Whether something is under way that will bring the guest on. */
  isWaiting(): boolean
  begin(call: GuestMessage & { k: 'call' }, meter: RunStep): void
  beginTimer(timer: GuestMessage & { k: 'timer' }, meter: RunStep): void
  /** Whether the guest may be entered. */
  listen(on: boolean): void
  /** All that a slice said has been heard. */
  heard(): void
  close(): void
}
