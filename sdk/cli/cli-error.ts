import { EXIT, type ExitCode } from './exit-codes.ts'

/** An expected end of a command: what went wrong, where, and how to mend it. Anything else thrown is our bug. */
export class CliError extends Error {
  readonly exit: ExitCode
  readonly code: string
  /** A file, an option, an address. */
  readonly where: string | undefined
  readonly fix: string | undefined
  readonly details: unknown
  constructor(
    exit: ExitCode,
    code: string,
    message: string,
    more: { where?: string; fix?: string; details?: unknown } = {},
  ) {
    super(message)
    this.name = 'CliError'
    this.exit = exit
    this.code = code
    this.where = more.where
    this.fix = more.fix
    this.details = more.details
  }
}

export function usageError(message: string, fix?: string): CliError {
  return new CliError(EXIT.usage, 'USAGE', message, fix === undefined ? {} : { fix })
}

/** The author's package or project is not right. */
export function projectError(message: string, where: string, fix: string): CliError {
  return new CliError(EXIT.failed, 'PROJECT', message, { where, fix })
}
