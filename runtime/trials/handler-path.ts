/** The path of the function: an action is meant by its name. */
export function functionPath(handler: string): string[] {
  const path = handler.split('.')
  return path[0] === 'actions' && path.length === 2 ? [...path, 'run'] : path
}

export function isRead(handler: string): boolean {
  return /^streams[.][^.]+[.]read$/.test(handler)
}
