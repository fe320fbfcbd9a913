/** Where a link or an image of a page leads. */
export type PageTarget =
  | { kind: 'web'; url: URL }
  /** A file of the package, by its path. */
  | { kind: 'file'; path: string }
  /** A place on the page itself. */
  | { kind: 'anchor' }
  /** An address to write or to call, or another scheme. */
  | { kind: 'scheme'; scheme: string }
  /** It leaves the package, or cannot be read. */
  | { kind: 'nowhere' }

/** Takes a target of a file at the root of the package. */
export function pageTarget(target: string): PageTarget {
  if (target === '' || target.startsWith('#')) return { kind: 'anchor' }
  const scheme = /^([a-z][a-z0-9+.-]{0,30}):/i.exec(target)?.[1]?.toLowerCase()
  if (scheme === 'http' || scheme === 'https') {
    const url = URL.parse(target)
    return url ? { kind: 'web', url } : { kind: 'nowhere' }
  }
  if (scheme !== undefined) return { kind: 'scheme', scheme }
  // `//host` and `/path` mean another thing on each site; a backslash is a slash to browsers.
  if (/^[/\\]|\\/.test(target)) return { kind: 'nowhere' }
  return fileTarget(target.replace(/[?#].*$/s, ''))
}

function fileTarget(written: string): PageTarget {
  const names: string[] = []
  for (const name of decoded(written).split('/')) {
    if (name === '..' && names.pop() === undefined) return { kind: 'nowhere' }
    if (name !== '..' && name !== '.' && name !== '') names.push(name)
  }
  return { kind: 'file', path: names.join('/') }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
