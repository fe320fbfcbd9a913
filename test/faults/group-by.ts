/** Documents by what `key` says of each; those for which it says nothing are left out. */
export function groupBy<T>(documents: readonly T[], key: (document: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const document of documents) {
    const name = key(document)
    if (name === undefined) continue
    const group = groups.get(name)
    if (group) group.push(document)
    else groups.set(name, [document])
  }
  return groups
}
