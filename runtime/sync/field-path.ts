import type { Json, JsonObject } from '@annex/sdk/json'

/** The field at a path with dots, or `undefined`. Own fields only: a path never reaches a prototype. */
export function fieldAt(record: JsonObject, path: string): Json | undefined {
  let here: Json | undefined = record
  for (const name of path.split('.')) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined
    here = Array.isArray(here) ? here[Number(name)] : here[name]
  }
  return here
}

/** Sets the field at a path with dots in `record`, making objects on the way. */
export function setFieldAt(record: JsonObject, path: string, value: Json): void {
  const names = path.split('.')
  const last = names.pop() ?? path
  let here = record
  for (const name of names) {
    const next = here[name]
    const inner = typeof next === 'object' && next !== null && !Array.isArray(next) ? next : {}
    here[name] = inner
    here = inner
  }
  here[last] = value
}
