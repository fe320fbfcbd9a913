/**
 * What `make` makes, made at the first call: a class that a run never looks at costs it nothing. Each context has its own.
 */
export function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
