import { editDistance } from '@annex/package/edit-distance'

/** The name that was probably meant, when one is near enough: a third of its letters may differ, two at least. */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  let best: { name: string; distance: number } | undefined
  for (const name of names) {
    const distance = editDistance(typed, name)
    if (distance <= Math.max(2, Math.floor(name.length / 3)) && distance < (best?.distance ?? Infinity)) {
      best = { name, distance }
    }
  }
  return best?.name
}
