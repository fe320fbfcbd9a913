import { Resolver } from 'node:dns/promises'

/** The TXT records of a name, each in one piece. Rejects with `ENOTFOUND` or `ENODATA` when there are none. */
export type TxtLookup = (name: string, signal: AbortSignal) => Promise<readonly string[]>

const TIMES = { timeout: 1_500, tries: 2 }

/** Asks `servers` (`address:port`), or those of the machine. */
export function createTxtLookup(servers?: readonly string[]): TxtLookup {
  return async (name, signal) => {
    // One for each question: to end one question is to end all of its resolver.
    const resolver = new Resolver(TIMES)
    if (servers) resolver.setServers(servers)
    const cancel = () => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      signal.throwIfAborted()
      return (await resolver.resolveTxt(name)).map((pieces) => pieces.join(''))
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}
