/** What stands at a JSON pointer (RFC 6901), or under a plain name. */
export function valueAt(value: unknown, place: string): unknown {
  const parts = place === '' ? [] : place.startsWith('/') ? place.slice(1).split('/').map(unescaped) : [place]
  let found = value
  for (const part of parts) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined
    found = (found as Record<string, unknown>)[part]
  }
  return found
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
