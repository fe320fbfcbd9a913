import { apply } from './primordials.ts'

/** What V8 gives of a frame, as far as it is used here. */
interface Site {
  getFileName(): string | null
  toString(): string
}

/** The name under which the prelude is compiled. */
const OWN = 'annex:prelude'

/**
 * Leaves the prelude's own frames out of every stack: an author can do nothing about them, and they are nobody's
 * business. A guest that sets `Error.prepareStackTrace` itself sees them, and learns line numbers of this program.
 */
export function hideOwnFrames(): void {
  const errorText = Error.prototype.toString
  const prepare = (error: unknown, sites: Site[]): string => {
    let text = headline(error)
    for (let i = 0; i < sites.length; i++) {
      const site = sites[i] as Site
      if (site.getFileName() !== OWN) text += `\n    at ${site.toString()}`
    }
    return text
  }
  const headline = (error: unknown): string => {
    try {
      return apply(errorText, error, []) as string
    } catch {
      return 'Error'
    }
  }
  ;(Error as unknown as { prepareStackTrace: typeof prepare }).prepareStackTrace = prepare
}
