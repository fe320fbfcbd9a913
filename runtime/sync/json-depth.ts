import type { Json } from '@annex/sdk/json'

/** Whether `value` is nested deeper than `limit`. Level by level, without recursion: a stranger made the value. */
export function isDeeperThan(value: Json, limit: number): boolean {
  let level: (Json | undefined)[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return false
}
