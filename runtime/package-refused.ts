/** The source of a package does not vouch for it: nothing of it may run. */
export class PackageRefused extends Error {
  readonly code: string
  /** Whether it may be vouched for in a while without anybody's doing here. */
  readonly retryable: boolean
  constructor(code: string, message: string, { retryable = false }: { retryable?: boolean } = {}) {
    super(message)
    this.code = code
    this.retryable = retryable
  }
}

/** For who can do without: a package that is refused is as good as one that is not there. */
export async function unlessRefused<T>(loading: Promise<T>): Promise<T | undefined> {
  try {
    return await loading
  } catch (error) {
    if (error instanceof PackageRefused) return undefined
    throw error
  }
}
