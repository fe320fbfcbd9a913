/** The path of the function: an action is meant by its name, and the type of an event has dots of its own. */
export function functionPath(handler: string): string[] {
  if (handler.startsWith('on.')) return ['on', handler.slice('on.'.length)]
  const path = handler.split('.')
  return path[0] === 'actions' && path.length === 2 ? [...path, 'run'] : path
}

export function isRead(handler: string): boolean {
  return /^streams[.][^.]+[.]read$/.test(handler)
}
