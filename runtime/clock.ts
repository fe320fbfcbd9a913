/** Time as the service sees it. Injected everywhere, so that tests move hours in milliseconds. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** The same instant as an ISO 8601 string in UTC with milliseconds: sorts like the number. */
  iso(): string
}

export const systemClock: Clock = {
  now: () => Date.now(),
  iso: () => new Date().toISOString(),
}

/** `instant` (ISO 8601) moved by `milliseconds`, which may be negative. */
export function isoPlus(instant: string, milliseconds: number): string {
  return new Date(Date.parse(instant) + milliseconds).toISOString()
}
